"""Encoding of the profiles in a dataset folder."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from rlmrec.common.bounded.folders import refuse_special_files
from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.common.files import scratch_folder
from rlmrec.common.processes.locks import writing
from rlmrec.common.program import argument, command
from rlmrec.data.dataset import KINDS, text_sha256
from rlmrec.data.folder import FolderDataset
from rlmrec.data.manifest import Manifest
from rlmrec.data.updating import update_embeddings
from rlmrec.text.encoder import Encoder, Places
from rlmrec.text.transform import NoTransform, Transform
from rlmrec.text.vector_table import VectorTable

Precision = Literal["float32", "float16"]
CACHE = ".vectors"


def encode_folder(
    folder: str | Path,
    encoder: Encoder,
    name: str,
    transform: Transform | None = None,
    cache: str | Path | None = None,
    dtype: Precision = "float32",
    replace: bool = False,
) -> dict[str, Any]:
    """Encode the profiles of a dataset folder and store the vectors in it, replacing earlier ones.

    An empty profile gets the mean vector of its kind, users or items. A zero vector has no direction, so its cosine
    with any other is undefined; and a model's vector of the empty text has an arbitrary direction, to which all
    entities without a profile would be drawn. The mean is the direction closest to all others. If no user or no item
    has a profile at all, that kind gets no vectors, and keeps imported ones.

    Vectors are passed through files, so that they need not fit into memory, unless they are transformed or shuffled.

    Args:
        folder: path of a folder in the native format.
        encoder: encoder of the profiles.
        name: name of the encoder's configuration, for the manifest.
        transform: transform fitted on all vectors; none by default.
        cache: folder of vectors that are reused by later runs; ``.vectors`` in the dataset folder by default.
        dtype: type of the stored vectors.
        replace: whether imported vectors may be replaced, too.

    Returns:
        The manifest entry of the vectors.

    Raises:
        UserError: if there is nothing to encode, or an option is invalid.
    """
    if dtype not in get_args(Precision):
        raise UserError(f"dtype={dtype}: valid are {', '.join(get_args(Precision))}")
    with writing(folder):
        place = Path(cache or Path(folder, CACHE))
        return _encode_locked(Path(folder), encoder, name, transform or NoTransform(), place, dtype, replace)


def _encode_locked(
    root: Path, encoder: Encoder, name: str, transform: Transform, cache: Path, dtype: str, replace: bool
) -> dict[str, Any]:
    profiles = [table["profile"].to_list() for table in FolderDataset(str(root), verify_checksums=False).entities()]
    refuse_special_files(root / CACHE, within=root)
    without_text = [kind for kind, texts in zip(KINDS, profiles, strict=True) if not _has_text(texts).any()]
    manifest, encoded = Manifest.read(root), [kind for kind in KINDS if kind not in without_text]
    manifest.refuse_replacing_imported(root, "embeddings", encoded, replace)
    with scratch_folder(root / ".encoding.partial") as scratch:
        tables = _encode(profiles, encoder, transform, Places(cache, scratch), dtype, root)
        info = {
            "encoder": name,
            "options": encoder.identity(),
            "transform": transform.description(),
            "text_sha256": text_sha256(*profiles),
            "profiles": dict(zip(KINDS, map(len, profiles), strict=True)),
            "empty_profiles": dict(zip(KINDS, (int((~_has_text(texts)).sum()) for texts in profiles), strict=True)),
            "mean_vectors": {kind: 0 if table is None else table.given_mean for kind, table in tables.items()},
            "mean_rows": {kind: row for kind, table in tables.items() if table and (row := table.mean_row) is not None},
            "libraries": {"rlmrec-lightning": version("rlmrec-lightning")} | encoder.versions(),
        }
        users, items = (None if table is None else table.vectors for table in tables.values())
        imported = manifest.embeddings.get("imported", {})
        update_embeddings(root, users, items, info, kept=[kind for kind in without_text if kind in imported])
        return Manifest.read(root).embeddings


def _encode(
    profiles: Sequence[Sequence[str]], encoder: Encoder, transform: Transform, places: Places, dtype: str, root: Path
) -> dict[str, VectorTable | None]:
    """Return the tables of users and items, with all rows filled; None for a kind without any profile."""
    rows = [np.flatnonzero(_has_text(texts)) for texts in profiles]
    texts = [text for kind in profiles for text in kind if text.strip()]
    if not texts:
        raise MissingFilesError(
            f"{root} holds no profile: write some with {command('write_profiles')} {argument('folder', root)}"
        )
    num_users = len(rows[0])
    vectors = encoder.encode_profiles(texts, num_users, places)
    transform.fit(vectors)
    width = transform.apply(vectors[:1]).shape[1]
    tables: dict[str, VectorTable | None] = dict.fromkeys(KINDS)
    for kind, count, has_text, part in zip(
        KINDS, map(len, profiles), rows, (vectors[:num_users], vectors[num_users:]), strict=True
    ):
        if len(has_text):
            tables[kind] = table = VectorTable(places.scratch / f"{kind}.npy", (count, width), dtype)
            table.write(has_text, part, transform)
    written = [table for table in tables.values() if table is not None]
    means = [mean for table in written if (mean := table.mean()) is not None]
    if not means:
        raise UserError("the encoder gave nothing but zero vectors")
    for table in written:
        mean = table.mean()
        table.fill(means[0] if mean is None else mean)
    return tables


def _has_text(texts: Sequence[str]) -> np.ndarray:
    """Return which profiles are not empty, ``(len(texts),)``."""
    return np.array([bool(text.strip()) for text in texts], dtype=bool)
