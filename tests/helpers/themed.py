"""A small dataset whose profiles tell the group of users and items in words."""

from dataclasses import replace
from pathlib import Path

import polars as pl

import tiny
from rlmrec.data.writing import write_folder
from rlmrec.text.encoding import encode_folder
from rlmrec.text.tfidf import TfidfEncoder

THEMES = ("crimson sunset ruby", "azure ocean sapphire", "emerald forest meadow", "golden desert amber")
TRAINED = ("trainer.max_epochs=12", "datamodule.batch_size=64", "backbone.embedding_dim=8", "optimizer.lr=0.02")


def write(place: Path) -> Path:
    """Write the folder; TF-IDF gives the profile embeddings."""
    made = tiny.dataset(with_text=False)
    with_words = {
        kind: getattr(made, kind).with_columns(
            profile=pl.Series([f"{THEMES[row % 4]} {kind} thing{row % 3}" for row in range(len(getattr(made, kind)))])
        )
        for kind in ("users", "items")
    }
    write_folder(replace(made, **with_words), place, source="tests")
    encode_folder(place, TfidfEncoder(dim=8), "tfidf")
    return place


def options(folder: Path, backbone: str, align: str = "none") -> list[str]:
    """Words of a short run on the folder."""
    words = ["dataset=folder", f"dataset.root={folder}", "trainer=cpu", f"align={align}", f"backbone={backbone}"]
    return [*words, *(TRAINED if backbone in ("lightgcn", "alpharec") else ())]
