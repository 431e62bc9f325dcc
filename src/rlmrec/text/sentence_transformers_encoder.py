"""Sentence vectors from a model of the sentence-transformers library."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from pydantic import PositiveInt

from rlmrec.common.errors import UserError, needs_extra
from rlmrec.text.encoder import TextEncoder
from rlmrec.text.model_files import LOADING_ERRORS, count_longer, first_line, model_folder, model_identity


class SentenceTransformersEncoder(TextEncoder):
    """Reimers & Gurevych, "Sentence-BERT" (EMNLP 2019): pooling, later layers and length limit as the model says.

    Args:
        model: name on the Hugging Face hub, or a folder.
        prompt: put before every text, as some models were trained to expect.
        pool_prompt: False leaves the prompt's tokens out of the pooling, as Instructor models need it.
        max_length: longer texts are cut to so many tokens; the model's own limit by default.
        normalize: scale vectors to unit length.
        batch_size: texts at once.
        revision: branch, tag or commit on the hub.
        device: where to run; a GPU if there is one by default.

    Raises:
        UserError: if the optional library is not installed, or there is no such model.
    """

    libraries: ClassVar[tuple[str, ...]] = ("torch", "transformers", "tokenizers", "sentence-transformers")

    def __init__(
        self,
        model: str,
        prompt: str = "",
        pool_prompt: bool = True,
        max_length: PositiveInt | None = None,
        normalize: bool = True,
        batch_size: PositiveInt = 32,
        revision: str | None = None,
        device: str | None = None,
    ) -> None:
        super().__init__(batch_size)
        with needs_extra("sentence-transformers", "this encoder needs an optional library"):
            import sentence_transformers
        self.library = sentence_transformers
        self.model = model
        self.folder = model_folder(model, revision)
        self.prompt = prompt
        self.pool_prompt = pool_prompt
        self.max_length = max_length
        self.normalize = normalize
        self.device = device

    def identity(self) -> dict[str, Any]:
        options = {"prompt": self.prompt, "pool_prompt": self.pool_prompt, "max_length": self.max_length}
        return {"encoder": "sentence-transformers"} | self.model_identity | options | {"normalize": self.normalize}

    @cached_property
    def model_identity(self) -> dict[str, str]:
        """Return name and checksum of the model."""
        return model_identity(self.model, self.folder)

    @cached_property
    def network(self) -> Any:
        """Return the model, loaded when the first text comes."""
        options = {"use_safetensors": True}
        try:
            network = self.library.SentenceTransformer(
                str(self.folder), device=self.device, trust_remote_code=False, model_kwargs=options
            )
        except LOADING_ERRORS as error:
            raise UserError(f"encoder.model={self.model} cannot be loaded: {first_line(error)}") from None
        if self.max_length:
            network.max_seq_length = self.max_length
        network.set_pooling_include_prompt(self.pool_prompt)
        return network

    def count_cut(self, texts: Sequence[str]) -> int:
        most, tokenizer = self.network.max_seq_length, getattr(self.network, "tokenizer", None)
        return count_longer([self.prompt + text for text in texts], tokenizer, most) if most and tokenizer else 0

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return vectors ``(len(texts), T)`` float32."""
        vectors: np.ndarray = self.network.encode(
            list(texts),
            prompt=self.prompt or None,
            batch_size=self.batch_size,
            normalize_embeddings=self.normalize,
            show_progress_bar=False,
        )
        return vectors
