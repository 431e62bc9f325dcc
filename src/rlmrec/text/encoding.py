"""From the profiles in a dataset folder to the vectors in it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.common.files import scratch_folder
from rlmrec.common.program import command
from rlmrec.data.dataset import text_sha256
from rlmrec.data.folder import FolderDataset
from rlmrec.data.updating import update_embeddings
from rlmrec.text.encoder import Encoder, Places
from rlmrec.text.transform import NoTransform, Transform
from rlmrec.text.vector_table import VectorTable

Precision = Literal["float32", "float16"]
KINDS = ("users", "items")
CACHE = ".vectors"


def encode_folder(
    folder: str | Path,
    encoder: Encoder,
    name: str,
    transform: Transform | None = None,
    cache: str | Path | None = None,
    dtype: Precision = "float32",
) -> dict[str, Any]:
    """Encode the profiles of a dataset folder and put the vectors into it, in place of earlier ones.

    An empty profile gets the mean vector of its kind, users or items. A zero vector has no direction, so that its
    cosine with anything is undefined; and a model's vector of an empty text has an arbitrary direction, towards which
    all entities without a profile would be drawn. The mean is the one direction that is nearest to all the others.

    Vectors pass through files, so that they need not fit into memory, unless they are transformed or shuffled.

    Args:
        folder: a dataset in the native folder format.
        encoder: makes the vectors.
        name: of the choice of encoder, for the manifest.
        transform: applied to all vectors together; none by default.
        cache: folder in which vectors are kept for later runs; ``.vectors`` in the dataset folder by default.
        dtype: of the vectors on disk.

    Returns:
        The manifest's entry on the vectors.

    Raises:
        UserError: if there is nothing to encode, or an option does not fit.
    """
    if dtype not in get_args(Precision):
        raise UserError(f"dtype={dtype}: valid are {', '.join(get_args(Precision))}")
    root, transform = Path(folder), transform or NoTransform()
    profiles = [table["profile"].to_list() for table in FolderDataset(str(root), verify_checksums=False).entities()]
    with _scratch(root) as scratch:
        tables = _encode(profiles, encoder, transform, Places(Path(cache or root / CACHE), scratch), dtype, root)
        info = {
            "encoder": name,
            "options": encoder.identity(),
            "transform": transform.description(),
            "text_sha256": text_sha256(*profiles),
            "profiles": dict(zip(KINDS, map(len, profiles), strict=True)),
            "empty_profiles": dict(zip(KINDS, (int((~_has_text(texts)).sum()) for texts in profiles), strict=True)),
            "mean_vectors": dict(zip(KINDS, (int((~table.has_vector).sum()) for table in tables), strict=True)),
            "libraries": {"rlmrec-lightning": version("rlmrec-lightning")} | encoder.versions(),
        }
        users, items = (table.vectors for table in tables)
        update_embeddings(root, users, items, info)
        return info | {"dtype": dtype, "dim": users.shape[1]}


def _encode(
    profiles: Sequence[Sequence[str]], encoder: Encoder, transform: Transform, places: Places, dtype: str, root: Path
) -> list[VectorTable]:
    """Return tables of users and of items, all rows filled."""
    rows = [np.flatnonzero(_has_text(texts)) for texts in profiles]
    texts = [text for kind in profiles for text in kind if text.strip()]
    if not texts:
        raise MissingFilesError(f"{root} holds no profile: write some with {command('write_profiles')} folder={root}")
    num_users = len(rows[0])
    vectors = encoder.encode_profiles(texts, num_users, places)
    transform.fit(vectors)
    width = transform.apply(vectors[:1]).shape[1]
    tables = []
    for kind, count, has_vector, part in zip(
        KINDS, map(len, profiles), rows, (vectors[:num_users], vectors[num_users:]), strict=True
    ):
        tables.append(VectorTable(places.scratch / f"{kind}.npy", (count, width), dtype))
        tables[-1].write(has_vector, part, transform)
    means = [table.mean() for table in tables]
    for table, own, other in zip(tables, means, reversed(means), strict=True):
        mean = other if own is None else own
        if own is None and transform.description() is not None:
            raise UserError(f"{root} has profiles of users or of items only, which a centring transform cannot take")
        if mean is None:
            raise UserError("the encoder gave nothing but zero vectors")
        table.fill(mean)
    return tables


def _has_text(texts: Sequence[str]) -> np.ndarray:
    """Return which of the profiles are not empty, ``(len(texts),)``."""
    return np.array([bool(text.strip()) for text in texts], dtype=bool)


@contextmanager
def _scratch(root: Path) -> Iterator[Path]:
    """Yield a folder for the vectors of this run, without leftovers of a killed run."""
    try:
        with scratch_folder(root / ".encoding.partial") as folder:
            yield folder
    except PermissionError as error:
        raise UserError(f"{root} cannot be written to: {error.strerror}") from None
