"""An encoder that uses a Hugging Face model."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from pydantic import PositiveInt
from torch import Tensor
from torch.nn.functional import normalize
from transformers import (
    MODEL_FOR_TEXT_ENCODING_MAPPING,
    AutoConfig,
    AutoModel,
    AutoModelForTextEncoding,
    AutoTokenizer,
)
from transformers.utils.logging import disable_progress_bar

from rlmrec.common.errors import UserError
from rlmrec.text.encoder import TextEncoder
from rlmrec.text.model_files import LOADING_ERRORS, count_longer, first_line, model_folder, model_identity


class TransformerEncoder(TextEncoder):
    """An encoder that uses any ``transformers`` encoder model, with mean or first-token pooling.

    Of encoder-decoder models (T5), only the encoder is used. Vectors have unit length.

    Args:
        model: name on the Hugging Face hub, or path of a folder.
        pooling: ``mean`` over tokens (Reimers & Gurevych, "Sentence-BERT", EMNLP 2019) or the first token, ``cls``.
        max_length: number of tokens to which texts are truncated, at most the model's own limit.
        batch_size: number of texts per batch.
        prefix: text prepended to every text, as some models expect.
        pool_prefix: whether to include the prefix's tokens in the mean.
        revision: branch, tag or commit on the hub.
        device: device of the model; by default, a GPU if there is one.
        name: name of the model in a manifest; ``model`` by default.

    Raises:
        UserError: if there is no such model.
    """

    libraries: ClassVar[tuple[str, ...]] = ("torch", "transformers", "tokenizers")

    def __init__(
        self,
        model: str,
        pooling: Literal["mean", "cls"] = "mean",
        max_length: PositiveInt = 256,
        batch_size: PositiveInt = 32,
        prefix: str = "",
        pool_prefix: bool = True,
        revision: str | None = None,
        device: str | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(batch_size)
        self.model = model
        self.folder = model_folder(model, revision)
        self.pooling = pooling
        self.max_length = max_length
        self.prefix = prefix
        self.pool_prefix = pool_prefix
        self.device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self.name = name

    def identity(self) -> dict[str, Any]:
        options = {"pooling": self.pooling, "max_length": self.max_length, "prefix": self.prefix}
        return {"encoder": "transformer"} | self.model_identity | options | {"pool_prefix": self.pool_prefix}

    @cached_property
    def model_identity(self) -> dict[str, str]:
        """Return the name and checksum of the model."""
        return model_identity(self.name or self.model, self.folder)

    @cached_property
    def network(self) -> Any:
        """Return the model, loaded on first use."""
        disable_progress_bar()  # would show for milliseconds only
        try:
            kind = AutoConfig.from_pretrained(self.folder, trust_remote_code=False)
            # Models in the mapping are loaded without a decoder; others (MPNet, ModernBERT, ...) have none.
            loader = AutoModelForTextEncoding if type(kind) in MODEL_FOR_TEXT_ENCODING_MAPPING else AutoModel
            network = loader.from_pretrained(self.folder, use_safetensors=True, trust_remote_code=False)
            return network.to(self.device).eval()
        except LOADING_ERRORS as error:
            raise UserError(f"encoder.model={self.model} cannot be loaded: {first_line(error)}") from None

    @cached_property
    def tokenizer(self) -> Any:
        """Return the model's tokenizer, loaded on first use."""
        try:
            tokenizer = AutoTokenizer.from_pretrained(self.folder, trust_remote_code=False, padding_side="right")
        except LOADING_ERRORS as error:
            raise UserError(f"encoder.model={self.model} has no usable tokenizer: {first_line(error)}") from None
        tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token  # any token will do, since padding is masked
        return tokenizer

    @cached_property
    def longest(self) -> int:
        """Return the number of tokens to which texts are truncated."""
        positions = getattr(self.network.config, "max_position_embeddings", None) or self.max_length
        return min(self.max_length, positions, self.tokenizer.model_max_length)

    @cached_property
    def prefix_length(self) -> int:
        """Return the number of tokens before the actual text, special ones included."""
        ids = self.tokenizer(self.prefix)["input_ids"]
        return len(ids) - (ids[-1] in self.tokenizer.all_special_ids)

    def count_cut(self, texts: Sequence[str]) -> int:
        return count_longer([self.prefix + text for text in texts], self.tokenizer, self.longest)

    @torch.inference_mode()
    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return vectors of unit length, ``(len(texts), T)`` float32."""
        tokens = self.tokenizer(
            [self.prefix + text for text in texts],
            padding=True,
            truncation=True,
            max_length=self.longest,
            return_tensors="pt",
        ).to(self.device)
        hidden = self.network(**tokens).last_hidden_state  # (B, tokens, T)
        vectors: np.ndarray = normalize(self._pool(hidden, tokens["attention_mask"]).float(), dim=-1).cpu().numpy()
        return vectors

    def _pool(self, hidden: Tensor, mask: Tensor) -> Tensor:
        if self.pooling == "cls":
            return hidden[:, 0]
        weight = mask[:, :, None].to(hidden.dtype)
        if not self.pool_prefix:
            weight[:, : self.prefix_length] = 0
        return (hidden * weight).sum(1) / weight.sum(1)
