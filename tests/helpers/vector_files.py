"""Files of vectors of every kind with the same content."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import torch
from safetensors.torch import save_file


def npz(path: Path, ids: Sequence[str], vectors: np.ndarray) -> None:
    np.savez(path, ids=np.array(ids), embeddings=vectors)


def npz_compressed(path: Path, ids: Sequence[str], vectors: np.ndarray) -> None:
    np.savez_compressed(path, names=np.array(ids, dtype="S"), v=vectors.astype(np.float64))


def parquet_list(path: Path, ids: Sequence[str], vectors: np.ndarray) -> None:
    pl.DataFrame({"note": ["x"] * len(ids), "key": ids, "v": vectors.tolist()}).write_parquet(path)


def parquet_array(path: Path, ids: Sequence[str], vectors: np.ndarray) -> None:
    kind = pl.Array(pl.Float32, vectors.shape[1])
    pl.DataFrame({"external_id": ids, "embedding": pl.Series(vectors.tolist(), dtype=kind)}).write_parquet(path)


def columns(ids: Sequence[str], vectors: np.ndarray) -> pl.DataFrame:
    return pl.DataFrame({"id": ids} | {f"dim_{n}": vectors[:, n] for n in range(vectors.shape[1])})


def parquet_columns(path: Path, ids: Sequence[str], vectors: np.ndarray) -> None:
    columns(ids, vectors).write_parquet(path)


def csv_columns(path: Path, ids: Sequence[str], vectors: np.ndarray) -> None:
    columns(ids, vectors).write_csv(path)


def csv_lists(path: Path, ids: Sequence[str], vectors: np.ndarray) -> None:
    rows = [f'{name},"{row.tolist()}"' for name, row in zip(ids, vectors, strict=True)]
    path.write_text("\n".join(["id,embedding", *rows]) + "\n")


def jsonl(path: Path, ids: Sequence[str], vectors: np.ndarray) -> None:
    rows = [{"id": name, "embedding": row.tolist()} for name, row in zip(ids, vectors, strict=True)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


WITH_IDS: dict[str, Callable[[Path, Sequence[str], np.ndarray], None]] = {
    "a.npz": npz,
    "b.npz": npz_compressed,
    "c.parquet": parquet_list,
    "d.parquet": parquet_array,
    "e.parquet": parquet_columns,
    "f.csv": csv_columns,
    "g.csv": csv_lists,
    "h.jsonl": jsonl,
}
"""By the name of the file."""


def npy(path: Path, vectors: np.ndarray) -> None:
    np.save(path, vectors)


def npy_by_columns(path: Path, vectors: np.ndarray) -> None:
    np.save(path, np.asfortranarray(vectors))


def safetensors(path: Path, vectors: np.ndarray) -> None:
    save_file({"embeddings": torch.from_numpy(vectors), "bias": torch.zeros(3)}, path)


def npz_alone(path: Path, vectors: np.ndarray) -> None:
    np.savez(path, vectors)


WITHOUT_IDS: dict[str, Callable[[Path, np.ndarray], None]] = {
    "a.npy": npy,
    "b.npy": npy_by_columns,
    "c.safetensors": safetensors,
    "d.npz": npz_alone,
}


def txt_ids(path: Path, ids: Sequence[str]) -> None:
    path.write_text("".join(f"{name}\n" for name in ids))


def csv_ids(path: Path, ids: Sequence[str]) -> None:
    pl.DataFrame({"id": ids, "title": ["t"] * len(ids)}).write_csv(path)


def npy_ids(path: Path, ids: Sequence[str]) -> None:
    np.save(path, np.array(ids))


def parquet_ids(path: Path, ids: Sequence[str]) -> None:
    pl.DataFrame({"what": ids}).write_parquet(path)


IDS: dict[str, Callable[[Path, Sequence[str]], None]] = {
    "ids.txt": txt_ids,
    "ids.csv": csv_ids,
    "ids.npy": npy_ids,
    "ids.parquet": parquet_ids,
}
