"""A trained model as files for programs that do not know this project."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
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
"""Users by whom an index is compared with all dot products, and the numbers of items that are looked for."""
NEAREST = """
`{file}` is an index of the items by {library}, which finds most of the items with the greatest dot products without
looking at all of them (`index` in `meta.json` says how many). After the lines above:

```python
{example}
```

Items that the user has seen are among them: ask for more, and leave those out.
"""
FORMAT = 1
"""Version of export folders."""
MODEL, META, README = "model.safetensors", "meta.json", "README.md"

PAGE = """# A recommender in files

{about}

- `model.safetensors`: {contents}; `unranked` items, which the run's lists never hold
- `users.parquet`, `items.parquet`: row, external id and title of each
- `meta.json`: shapes, and where the model comes from

The ten best new items of the first user:

```python
{example}
```
"""
EMBEDDINGS = """import polars as pl
from safetensors.numpy import load_file

model, items = load_file("model.safetensors"), pl.read_parquet("items.parquet")
user = 0
scores = model["users"][user] @ model["items"].T
seen = model["seen.indices"][model["seen.indptr"][user] : model["seen.indptr"][user + 1]]
scores[seen], scores[model["unranked"]] = -float("inf"), -float("inf")
best = (-scores).argsort()[:10]
print(items[best[scores[best] > -float("inf")]])"""
MATRICES = """import json

import polars as pl
from safetensors.numpy import load_file
from scipy.sparse import csr_array

model, items, meta = load_file("model.safetensors"), pl.read_parquet("items.parquet"), json.load(open("meta.json"))
user, scores = 0, 0

def matrix(name):
    parts = [model.get(f"{name}.{part}") for part in ("data", "indices", "indptr")]
    return model[name] if name in model else csr_array(tuple(parts), shape=meta["shapes"][name])

for first, *others in meta["scores"]:
    product = matrix(first)[[user]]
    for other in others:
        product = product @ matrix(other)
    scores = scores + (product if hasattr(product, "ravel") else product.toarray()).ravel()
scores[matrix("seen")[[user]].indices], scores[model["unranked"]] = -float("inf"), -float("inf")
best = (-scores).argsort()[:10]
print(items[best[scores[best] > -float("inf")]])"""


def export(
    scores: Scores,
    seen: csr_array,
    dataset: Dataset,
    folder: str | Path,
    origin: dict[str, Any],
    index: NearestItems | None = None,
    outside: np.ndarray | None = None,
) -> dict[str, Any]:
    """Write a model into a new folder: matrices as safetensors, ids, seen items, ``meta.json`` and a README.

    Args:
        scores: of all users and items.
        seen: interactions that lists leave out, ``(num_users, num_items)``.
        dataset: that the model was trained on.
        folder: to make.
        origin: what ``meta.json`` tells of the run, JSON-ready.
        index: of approximate nearest items, to be built and written too.
        outside: items that the run does not rank, ``(num_items,)`` bool; none by default.

    Returns:
        What ``meta.json`` tells of the index; nothing without one.

    Raises:
        UserError: if the folder exists, or there is no index of such scores.
    """
    embeddings = isinstance(scores, EmbeddingScores)
    if index is not None and not embeddings:
        raise UserError(f"index={index.library}: scores of this run are no dot products of embeddings; leave it out")
    about_index: dict[str, Any] = {}
    if isinstance(scores, EmbeddingScores):
        matrices: dict[str, Matrix] = {"users": scores.users.cpu().numpy(), "items": scores.items.cpu().numpy()}
        formula: Any = "users @ items.T"
    else:
        named = [
            {f"product{number}.matrix{place}": matrix for place, matrix in enumerate(product)}
            for number, product in enumerate(scores.products())
        ]
        matrices = {name: matrix for product in named for name, matrix in product.items()}
        formula = [[*product] for product in named]
    if isinstance(scores, EmbeddingScores) and index is not None:
        about_index = _built(index, np.asarray(matrices["users"]), np.asarray(matrices["items"]))
        origin = origin | {"index": about_index}
    matrices["seen"] = seen
    matrices["unranked"] = np.flatnonzero(np.zeros(dataset.num_items, bool) if outside is None else outside)
    meta = {NAME: FORMAT, "made_by": f"rlmrec-lightning {version('rlmrec-lightning')}", **origin}
    meta |= {"scores": formula, "shapes": {name: [*matrix.shape] for name, matrix in matrices.items()}}
    page = PAGE.format(
        about=f"{origin['backbone']} with align={origin['align']}, trained on {origin['dataset']}.",
        contents="embeddings of `users` and `items`, whose dot products rank; `seen` items of each user (CSR)"
        if embeddings
        else "the matrices whose products rank (`scores` in `meta.json`, CSR where sparse); `seen` items of each user",
        example=EMBEDDINGS if embeddings else MATRICES,
    )
    if index is not None:
        page += NEAREST.format(library=index.library, file=index.file, example=index.example)
    with new_folder(folder) as partial:
        contiguous = {name: np.ascontiguousarray(array) for name, array in arrays_of(matrices).items()}
        save_file(contiguous, partial / MODEL)
        for kind, table in (("users", dataset.users), ("items", dataset.items)):
            table.select("id", "external_id", "title").rename({"id": "row"}).write_parquet(partial / f"{kind}.parquet")
        if index is not None:
            index.save(partial / index.file)
        (partial / META).write_text(json.dumps(meta, indent=2) + "\n", encoding="utf-8")
        (partial / README).write_text(page, encoding="utf-8")
        (partial / MODEL).chmod((partial / META).stat().st_mode & 0o777)  # safetensors lets nobody else read it
    return about_index


def _built(index: NearestItems, users: np.ndarray, items: np.ndarray) -> dict[str, Any]:
    """Build an index and return what there is to tell of it; a sample of users tells how much it finds."""
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
