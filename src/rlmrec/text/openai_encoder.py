"""An encoder that uses an endpoint with OpenAI's embeddings protocol."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import numpy as np
from pydantic import NonNegativeInt, PositiveFloat, PositiveInt
from tqdm import tqdm

from rlmrec.common import event_loop
from rlmrec.common.endpoints.key import check_address, read_key
from rlmrec.common.endpoints.no_answer import NoAnswerError
from rlmrec.common.errors import Interrupted, UserError, needs_extra
from rlmrec.text.encoder import KeepVectors, TextEncoder, parts

if TYPE_CHECKING:
    from rlmrec.common.endpoints.endpoint import Endpoint

OFFICIAL = "https://api.openai.com/v1"

BYTES_PER_VECTOR = 2**19
"""Limit on the bytes of a vector in a response, enough for over 20,000 numbers."""

FIRST_DELAY, LONGEST_DELAY, LONGEST_RETRY_AFTER = 0.5, 30.0, 120.0
"""Seconds between attempts; see ``retrying``."""

KEPT = "finished vectors are kept, run the command again"


class OpenAIEncoder(TextEncoder):
    """An encoder that uses any endpoint with ``POST /embeddings``, hosted or local, through the official client.

    The endpoint's address is read from the environment variable ``OPENAI_BASE_URL`` and the key from the variable
    ``api_key_variable``; neither is ever written anywhere. Requests that fail with 408, 409, 425, 429, 5xx or without a
    response are retried, after increasing delays or those requested by the endpoint.

    Args:
        model: name of the model at the endpoint.
        api_key_variable: name of the environment variable with the key; None for endpoints without a key.
        dimensions: requested width, for models that can shorten their vectors; the model's own width by default.
        max_characters: number of characters to which texts are truncated, so that the endpoint does not refuse them.
        batch_size: number of texts per request.
        concurrency: number of simultaneous requests; each paid response is stored immediately.
        max_retries: maximum number of further attempts per request.
        timeout: seconds for one attempt, from its beginning to the end of the response.

    Raises:
        UserError: if the optional client is not installed, or the address is invalid.
    """

    libraries: ClassVar[tuple[str, ...]] = ("openai",)

    def __init__(
        self,
        model: str,
        api_key_variable: str | None = "OPENAI_API_KEY",
        dimensions: PositiveInt | None = None,
        max_characters: PositiveInt = 20000,
        batch_size: PositiveInt = 128,
        concurrency: PositiveInt = 8,
        max_retries: NonNegativeInt = 8,
        timeout: PositiveFloat = 120.0,
    ) -> None:
        super().__init__(batch_size)
        with needs_extra("llm", "encoder=openai needs an optional client"):
            import openai  # noqa: F401

            from rlmrec.common.endpoints.retrying import retrying
        self.api_key_variable = api_key_variable
        self.base_url = os.environ.get("OPENAI_BASE_URL") or OFFICIAL
        check_address(self.base_url, "the environment variable OPENAI_BASE_URL")
        self.concurrency = concurrency
        self.retrying = retrying(max_retries + 1, FIRST_DELAY, LONGEST_DELAY, LONGEST_RETRY_AFTER)
        self.timeout = timeout
        self.model = model
        self.dimensions = dimensions
        self.max_characters = max_characters

    @cached_property
    def key(self) -> str:
        """Return the key, read on first use, since vectors from the cache need none."""
        return read_key(self.api_key_variable, "encoder.api_key_variable")

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
        """Return the identity without library versions: responses do not depend on the client's version."""
        return self.identity()

    def count_cut(self, texts: Sequence[str]) -> int:
        return sum(len(text) > self.max_characters for text in texts)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return the vectors ``(len(texts), T)`` float32, in the order of the texts.

        Raises:
            UserError: if there is no key, or the endpoint refuses, or does not respond with a vector for each text.
        """
        answers: list[np.ndarray] = []
        event_loop.run(lambda: self._ask_for(iter([texts]), lambda _, vectors: answers.append(vectors)))
        return answers[0]

    def _encode_chunks(self, texts: Sequence[str], keep: KeepVectors, bar: "tqdm[Any]") -> None:
        def keep_and_count(batch: Sequence[str], vectors: np.ndarray) -> None:
            keep(batch, vectors)
            self.num_cut += self.count_cut(batch)
            bar.update(len(batch))

        if texts:
            event_loop.run(lambda: self._ask_for(parts(texts, self.batch_size), keep_and_count))

    async def _ask_for(self, batches: Iterator[Sequence[str]], keep: KeepVectors) -> None:
        """Request all batches; each of several workers takes the next one when its request ends."""
        from rlmrec.common.endpoints.endpoint import Endpoint

        stop = event_loop.Stop()
        attempts = self.retrying.copy(sleep=stop.pause)

        async def work() -> None:
            for batch in batches:
                try:
                    keep(batch, await attempts(self._ask, endpoint, batch, stop))
                except NoAnswerError as error:
                    stop.now(UserError(f"the endpoint in OPENAI_BASE_URL failed: {error}; {KEPT}"))
                except (UserError, Interrupted) as error:
                    stop.now(error)  # requests in progress are finished and stored
                if stop.reason:
                    return

        longest = BYTES_PER_VECTOR * self.batch_size
        async with Endpoint(self.base_url, self.key, self.timeout, longest) as endpoint:
            with stop.at_signals(f"stopped: {KEPT}"):
                await event_loop.workers(self.concurrency, work)
        if stop.reason:
            raise stop.reason

    async def _ask(self, endpoint: "Endpoint", texts: Sequence[str], stop: event_loop.Stop) -> np.ndarray:
        if stop.reason:  # set while this request waited for its next attempt
            raise stop.reason
        cut = [text[: self.max_characters] for text in texts]
        optional: dict[str, Any] = {"dimensions": self.dimensions} if self.dimensions else {}
        body = {"model": self.model, "input": cut, "encoding_format": "float"} | optional
        vectors = read_vectors(await endpoint.ask(endpoint.client.embeddings, **body), len(texts))
        if self.dimensions and vectors.shape[1] != self.dimensions:
            asked = f"where encoder.dimensions={self.dimensions} asks for as many"
            raise NoAnswerError(f"it answered with vectors of {vectors.shape[1]} numbers, {asked}")
        return vectors


def read_vectors(body: dict[str, Any], count: int) -> np.ndarray:
    """Return the vectors in a response, ``(count, T)`` float32, in the order of the texts.

    Args:
        body: body of the response; any field may be missing, null or of another type.
        count: number of texts in the request.

    Raises:
        NoAnswerError: if there is not one vector of finite numbers for each text, all of the same width.
    """
    rows = body.get("data")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise NoAnswerError("it answered without a list of vectors")
    if len(rows) != count:
        raise NoAnswerError(f"it answered with {len(rows)} vectors for {count} texts")
    indices = [row.get("index") for row in rows]
    if all(index is None for index in indices):  # servers that omit the index keep the order
        indices = list(range(count))
    if not all(type(index) is int for index in indices) or sorted(indices) != list(range(count)):
        raise NoAnswerError(f"it answered with {count} vectors that are not numbered from 0 to {count - 1}")
    vectors = [row.get("embedding") for row in rows]
    if not all(isinstance(vector, list) and set(map(type, vector)) <= {int, float} for vector in vectors):
        raise NoAnswerError("it answered with a vector that is no list of numbers")
    if len({len(vector) for vector in vectors}) > 1:
        raise NoAnswerError("it answered with vectors of different widths")
    if not vectors[0]:
        raise NoAnswerError("it answered with vectors of no numbers")
    try:
        with np.errstate(over="ignore"):  # checked below
            result = np.array(vectors, dtype=np.float64).astype(np.float32)
    except OverflowError:
        result = np.array([[np.inf]], dtype=np.float32)
    if not np.isfinite(result).all():
        raise NoAnswerError("it answered with NaN or infinite numbers")
    return np.asarray(result[np.argsort(indices)])
