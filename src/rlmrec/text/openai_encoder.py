"""Vectors from an endpoint that speaks OpenAI's embeddings protocol."""

import hashlib
import os
import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urlsplit

import numpy as np
from pydantic import NonNegativeInt, PositiveFloat, PositiveInt

from rlmrec.common.errors import UserError
from rlmrec.text.encoder import TextEncoder

OFFICIAL = "https://api.openai.com/v1"


class OpenAIEncoder(TextEncoder):
    """Any endpoint with ``POST /embeddings``, hosted or local, through the official client.

    The endpoint's address comes from the environment variable ``OPENAI_BASE_URL`` and the key from the one that
    ``api_key_variable`` names; neither is ever written anywhere. The client itself repeats requests that failed with
    408, 409, 429, 5xx or no answer, after growing delays or those that the endpoint asks for.

    Args:
        model: as the endpoint calls it.
        api_key_variable: name of the environment variable that holds the key; None for endpoints without one.
        dimensions: width to ask for, where the model can shorten its vectors; its own width by default.
        max_characters: longer texts are cut, so that the endpoint does not refuse them.
        batch_size: texts in a request.
        max_retries: further attempts of a request.
        timeout: seconds to wait for an answer.

    Raises:
        UserError: if the optional client is not installed.
    """

    libraries: ClassVar[tuple[str, ...]] = ("openai",)
    batches_in_chunk: ClassVar[int] = 1  # requests are paid for: each answer is kept at once

    def __init__(
        self,
        model: str,
        api_key_variable: str | None = "OPENAI_API_KEY",
        dimensions: PositiveInt | None = None,
        max_characters: PositiveInt = 20000,
        batch_size: PositiveInt = 128,
        max_retries: NonNegativeInt = 8,
        timeout: PositiveFloat = 120.0,
    ) -> None:
        super().__init__(batch_size)
        try:
            import openai
        except ModuleNotFoundError:
            raise UserError("encoder=openai needs an optional client: pip install 'rlmrec-lightning[llm]'") from None
        self.library = openai
        self.api_key_variable = api_key_variable
        self.base_url = os.environ.get("OPENAI_BASE_URL") or OFFICIAL
        self.max_retries = max_retries
        self.timeout = timeout
        self.model = model
        self.dimensions = dimensions
        self.max_characters = max_characters

    @cached_property
    def key(self) -> str:
        """Return the key, read when the first text comes: vectors from the cache need none."""
        return _read_key(self.api_key_variable) if self.api_key_variable else ""

    @cached_property
    def client(self) -> Any:
        """Return the official client."""
        return self.library.OpenAI(
            api_key=self.key or "none",
            base_url=self.base_url,
            max_retries=self.max_retries,
            timeout=float(self.timeout),
        )

    def identity(self) -> dict[str, Any]:
        address = urlsplit(self.base_url)
        place = f"{address.scheme}://{address.hostname}:{address.port}{address.path.rstrip('/')}"
        return {
            "encoder": "openai",
            "model": self.model,
            "endpoint_sha256": hashlib.sha256(place.encode()).hexdigest(),
            "dimensions": self.dimensions,
            "max_characters": self.max_characters,
        }

    def cache_identity(self) -> dict[str, Any]:
        """Return the identity, without library versions: the endpoint's answers do not depend on the client's."""
        return self.identity()

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return vectors ``(len(texts), T)`` float32, in the order of the texts whatever the order of the answer.

        Raises:
            UserError: if there is no key, or the endpoint refuses, or answers with anything but a vector for each text.
        """
        cut = [text[: self.max_characters] for text in texts]
        optional: dict[str, Any] = {"dimensions": self.dimensions} if self.dimensions else {}
        try:
            answer = self.client.embeddings.create(model=self.model, input=cut, encoding_format="float", **optional)
        except (self.library.OpenAIError, ValueError) as error:
            raise UserError(f"{self._explain(error)}; finished vectors are kept, run the command again") from None
        rows = {row.index: row.embedding for row in answer.data or []}
        if sorted(rows) != list(range(len(texts))) or len(answer.data) != len(texts):
            raise UserError(f"the endpoint answered with {len(answer.data or [])} vectors for {len(texts)} texts")
        if len({len(row) for row in rows.values()}) > 1:
            raise UserError("the endpoint answered with vectors of different widths")
        return np.array([rows[index] for index in range(len(texts))], dtype=np.float32)

    def _explain(self, error: Exception) -> str:
        """Return one line on an error, without the endpoint's address and the key."""
        reason = " ".join(str(error).split()).replace(self.base_url, "[endpoint]")
        reason = reason.replace(self.key, "[key]") if self.key else reason
        return f"the endpoint in OPENAI_BASE_URL failed ({type(error).__name__}): {reason[:300]}"


def _read_key(variable: str) -> str:
    key = os.environ.get(variable, "")
    if not key:
        # A value that does not look like a variable's name may be a key, put here by mistake: it is not shown.
        shown = variable if re.fullmatch("[A-Z][A-Z0-9_]{0,39}", variable) else "that encoder.api_key_variable names"
        raise UserError(
            f"the environment variable {shown} is not set: export it with your key, or set "
            "encoder.api_key_variable=null for an endpoint without one"
        )
    return key
