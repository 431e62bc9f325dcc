"""Export of a trained model to files that can be used without this project."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from safetensors.numpy import save_file
from scipy.sparse import csr_array

from rlmrec.backbones.scores import EmbeddingScores, Matrix, Scores
from rlmrec.common.errors import UserError
from rlmrec.common.files import new_folder
from rlmrec.common.versions import NAME
from rlmrec.data.dataset import Dataset
from rlmrec.recommending.indexes.base import NearestItems
from rlmrec.training.fitted.file import arrays_of

SAMPLED, TOLD = 1000, (10, 100)
"""Number of users for whom an index is compared with exact dot products, and the list lengths compared."""
FORMAT = 1
"""Format version of export folders."""
MODEL, META, README = "model.safetensors", "meta.json", "README.md"
TEMPLATES = Path(__file__).parent / "templates"


def export(
    scores: Scores,
    seen: csr_array,
    dataset: Dataset,
    folder: str | Path,
    origin: dict[str, Any],
    index: NearestItems | None = None,
    outside: np.ndarray | None = None,
) -> dict[str, Any]:
    """Write a model to a new folder: matrices as safetensors, ids, seen items, ``meta.json`` and a README.

    Args:
        scores: scores of all users and items.
        seen: interactions that lists exclude, ``(num_users, num_items)``.
        dataset: dataset that the model was trained on.
        folder: path of the new folder.
        origin: JSON-serialisable description of the run for ``meta.json``.
        index: approximate nearest-neighbour index to build and write, if any.
        outside: items that the run does not rank, ``(num_items,)`` bool; none by default.

    Returns:
        The description of the index in ``meta.json``; empty without an index.

    Raises:
        UserError: if the folder exists, or an index is requested for scores without embeddings.
    """
    if index is not None and not isinstance(scores, EmbeddingScores):
        raise UserError(f"index={index.library}: scores of this run are no dot products of embeddings; leave it out")
    matrices, formula = _named_matrices(scores)
    about_index = {} if index is None else _built(index, np.asarray(matrices["users"]), np.asarray(matrices["items"]))
    matrices["seen"] = seen
    matrices["unranked"] = np.flatnonzero(np.zeros(dataset.num_items, bool) if outside is None else outside)
    meta = {NAME: FORMAT, "made_by": f"rlmrec-lightning {version('rlmrec-lightning')}", **origin}
    meta |= {"index": about_index} if about_index else {}
    meta |= {"scores": formula, "shapes": {name: [*matrix.shape] for name, matrix in matrices.items()}}
    page = _page(origin, embeddings=isinstance(scores, EmbeddingScores), index=index)
    with new_folder(folder) as partial:
        contiguous = {name: np.ascontiguousarray(array) for name, array in arrays_of(matrices).items()}
        save_file(contiguous, partial / MODEL)
        for kind, table in (("users", dataset.users), ("items", dataset.items)):
            table.select("id", "external_id", "title").rename({"id": "row"}).write_parquet(partial / f"{kind}.parquet")
        if index is not None:
            index.save(partial / index.file)
        (partial / META).write_text(json.dumps(meta, indent=2) + "\n", encoding="utf-8")
        (partial / README).write_text(page, encoding="utf-8")
        (partial / MODEL).chmod((partial / META).stat().st_mode & 0o777)  # safetensors makes it private to its owner
    return about_index


def _named_matrices(scores: Scores) -> tuple[dict[str, Matrix], str | list[list[str]]]:
    """Return the matrices of scores by name, and the formula of the scores for ``meta.json``.

    Returns:
        ``users`` and ``items`` with their formula for embeddings; otherwise the matrices of all products, with one
        list of names per product to multiply from left to right, whose results are summed.
    """
    if isinstance(scores, EmbeddingScores):
        return {"users": scores.users.cpu().numpy(), "items": scores.items.cpu().numpy()}, "users @ items.T"
    named = [
        {f"product{number}.matrix{place}": matrix for place, matrix in enumerate(product)}
        for number, product in enumerate(scores.products())
    ]
    return {name: matrix for product in named for name, matrix in product.items()}, [[*product] for product in named]


def _page(origin: dict[str, Any], embeddings: bool, index: NearestItems | None) -> str:
    """Return the README, which has an example.

    Args:
        origin: description of the run.
        embeddings: whether the model consists of embeddings rather than other matrices.
        index: approximate nearest-neighbour index, if any.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True
    )
    return environment.get_template("export.md.j2").render(**origin, embeddings=embeddings, index=index)


def _built(index: NearestItems, users: np.ndarray, items: np.ndarray) -> dict[str, Any]:
    """Build an index and return its description, with its recall for a sample of users."""
    items = np.ascontiguousarray(items, np.float32)
    index.build(items)
    sample = np.ascontiguousarray(users[np.linspace(0, len(users) - 1, min(len(users), SAMPLED)).astype(np.int64)])
    depths = sorted({min(k, len(items)) for k in TOLD})
    found = {f"recall@{k}": index.recall(sample.astype(np.float32), items, k) for k in depths}
    return {
        "library": f"{index.library} {version(index.library)}",
        "file": index.file,
        "metric": "dot product",
        "users_compared": len(sample),
        "recall": found,
    }
