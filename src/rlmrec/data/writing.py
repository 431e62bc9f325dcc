"""Writing the native folder format, reproducibly: the same dataset gives the same bytes."""

import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError
from scipy.sparse import csr_array

from rlmrec.common.errors import UserError
from rlmrec.common.files import new_folder
from rlmrec.data import interaction_log
from rlmrec.data.dataset import Dataset
from rlmrec.data.manifest import FILE, Manifest, StoredFile, problems_of
from rlmrec.data.updating import update_embeddings

VERSIONED = ("numpy", "scipy", "polars", "rlmrec-lightning")


def write_folder(dataset: Dataset, path: str | Path, source: str, **about: Any) -> None:
    """Write a dataset as a new folder, which is created completely or not at all.

    Args:
        dataset: dataset to write.
        path: path of the folder; must not exist.
        source: origin of the data, for the manifest.
        about: further options of ``write_contents``.

    Raises:
        UserError: if the folder exists.
    """
    with new_folder(path) as folder:
        write_contents(dataset, folder, source, **about)


def write_contents(
    dataset: Dataset,
    folder: Path,
    source: str,
    embeddings_info: dict[str, Any] | None = None,
    allow_empty_training_rows: bool = False,
    preparation: dict[str, Any] | None = None,
    profiles_info: dict[str, Any] | None = None,
) -> None:
    """Write a dataset into a new folder; files already in it become part of the dataset.

    Args:
        dataset: dataset to write.
        folder: path of the folder; an interaction log in it is kept, otherwise one is written from the splits.
        source: origin of the data, for the manifest.
        embeddings_info: record of how the embeddings were made, for the manifest.
        allow_empty_training_rows: whether readers of the folder accept users without training interactions.
        preparation: record of how the splits were made, for the manifest.
        profiles_info: record of how the profiles were made, for the manifest.
    """
    for split, matrix in dataset.splits.items():
        _save_matrix(folder / f"{split}.npz", matrix)
    for name, table in (("users", dataset.users), ("items", dataset.items)):
        table.write_parquet(folder / f"{name}.parquet")
    if not (folder / interaction_log.FILE).exists():
        interaction_log.from_matrices(dataset.splits, dataset.train_weights).write_parquet(
            folder / interaction_log.FILE
        )
    try:
        manifest = Manifest(
            name=dataset.name,
            num_users=dataset.num_users,
            num_items=dataset.num_items,
            description=dataset.description,
            source=source,
            allow_empty_training_rows=allow_empty_training_rows,
            interactions={split: int(matrix.nnz) for split, matrix in dataset.splits.items()},
            preparation=preparation or {},
            profiles=profiles_info or {},
            created_with={package: version(package) for package in VERSIONED},
            files={file.name: StoredFile.of(file) for file in sorted(folder.iterdir())},
        )
    except ValidationError as error:
        raise UserError(f"{folder / FILE} cannot be written: {problems_of(error)}") from None
    manifest.write(folder)
    if len(dataset.kinds_without_embeddings) < 2:
        update_embeddings(folder, dataset.user_embeddings, dataset.item_embeddings, embeddings_info or {})


def _save_matrix(path: Path, matrix: csr_array) -> None:
    """Write a matrix for ``scipy.sparse.load_npz``, uncompressed and without timestamps."""
    arrays: dict[str, np.ndarray] = {
        "indices": matrix.indices.astype(np.int32),
        "indptr": matrix.indptr.astype(np.int64),
        "format": np.array("csr".encode("ascii")),
        "shape": np.array(matrix.shape, dtype=np.int64),
        "data": matrix.data.astype(np.float32),
        "_is_array": np.array(True),
    }
    with zipfile.ZipFile(path, "w") as archive:  # a ZipInfo has the fixed date 1980
        for name, array in arrays.items():
            info = zipfile.ZipInfo(f"{name}.npy")
            with archive.open(info, "w", force_zip64=array.nbytes > 2**30) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
