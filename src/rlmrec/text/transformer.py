"""Sentence vectors from a Hugging Face model."""

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
import torch
from pydantic import PositiveInt
from torch import Tensor
from torch.nn.functional import normalize
from tqdm import tqdm
from transformers import AutoModel, AutoTokenizer


class TransformerEncoder:
    """Any encoder that ``transformers`` can load, by name or folder, with mean or first-token pooling.

    Args:
        model: name on the Hugging Face hub, or a folder.
        pooling: ``mean`` over tokens (Reimers & Gurevych, "Sentence-BERT", EMNLP 2019) or the first token, ``cls``.
        max_length: longer texts are cut to so many tokens.
        batch_size: texts at once.
        prefix: put before every text, as some models were trained to expect.
        device: where to run; a GPU if there is one by default.
    """

    def __init__(
        self,
        model: str,
        pooling: Literal["mean", "cls"] = "mean",
        max_length: PositiveInt = 256,
        batch_size: PositiveInt = 32,
        prefix: str = "",
        device: str | None = None,
    ) -> None:
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.tokenizer = AutoTokenizer.from_pretrained(model)
        # Weights are read from safetensors only: the older format can execute code.
        self.model = AutoModel.from_pretrained(model, use_safetensors=True).to(self.device).eval()
        self.pooling = pooling
        self.max_length = max_length
        self.batch_size = batch_size
        self.prefix = prefix

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of unit length, ``(len(texts), T)`` float32."""
        # Texts of like length go together, so that little is spent on padding.
        order = np.argsort([-len(text) for text in texts], kind="stable")
        vectors = [self._encode_batch([self.prefix + texts[i] for i in rows]) for rows in self._batches(order)]
        result = np.empty((len(texts), vectors[0].shape[1]), dtype=np.float32)
        result[order] = np.concatenate(vectors)
        return result

    def _batches(self, order: np.ndarray) -> Iterator[np.ndarray]:
        with tqdm(total=len(order), desc="encoding", unit="text") as bar:
            for start in range(0, len(order), self.batch_size):
                rows = order[start : start + self.batch_size]
                yield rows
                bar.update(len(rows))

    @torch.inference_mode()
    def _encode_batch(self, texts: list[str]) -> np.ndarray:
        tokens = self.tokenizer(
            texts, padding=True, truncation=True, max_length=self.max_length, return_tensors="pt"
        ).to(self.device)
        hidden = self.model(**tokens).last_hidden_state  # (B, tokens, T)
        return normalize(self._pool(hidden, tokens["attention_mask"]), dim=-1).float().cpu().numpy()

    def _pool(self, hidden: Tensor, mask: Tensor) -> Tensor:
        if self.pooling == "cls":
            return hidden[:, 0]
        weight = mask[:, :, None].to(hidden.dtype)
        return (hidden * weight).sum(1) / weight.sum(1)
