"""An encoder that uses a model of the sentence-transformers library."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from pydantic import PositiveInt

from rlmrec.common.errors import UserError, needs_extra
from rlmrec.text.encoder import TextEncoder
from rlmrec.text.model_files import LOADING_ERRORS, count_longer, first_line, model_folder, model_identity


class SentenceTransformersEncoder(TextEncoder):
    """A sentence-transformers model (Reimers & Gurevych, EMNLP 2019), with the model's own pooling and later layers.

    Args:
        model: name on the Hugging Face hub, or path of a folder.
        prompt: text prepended to every text, as some models expect.
        pool_prompt: whether to pool over the prompt's tokens, too; False for Instructor models.
        max_length: number of tokens to which texts are truncated; the model's own limit by default.
        normalize: whether to scale vectors to unit length.
        batch_size: number of texts per batch.
        revision: branch, tag or commit on the hub.
        device: device of the model; by default, a GPU if there is one.

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
        """Return the name and checksum of the model."""
        return model_identity(self.model, self.folder)

    @cached_property
    def network(self) -> Any:
        """Return the model, loaded on first use."""
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
        """Return the vectors ``(len(texts), T)`` float32."""
        vectors: np.ndarray = self.network.encode(
            list(texts),
            prompt=self.prompt or None,
            batch_size=self.batch_size,
            normalize_embeddings=self.normalize,
            show_progress_bar=False,
        )
        return vectors
