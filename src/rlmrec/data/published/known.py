"""Checksums and sizes of the published datasets, and recognition of other files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rlmrec.data.dataset import Dataset
from rlmrec.data.manifest import StoredFile
from rlmrec.data.matrices import content_digest
from rlmrec.data.published.layout import EMBEDDINGS, PROFILES, SPLITS

WIDTH = 1536
"""Width of the published profile embeddings (text-embedding-ada-002)."""


@dataclass(frozen=True)
class Published:
    """The known facts of a published dataset.

    Args:
        num_users: number of users; like the next two, from table 1 of the paper (Ren et al., "RLMRec", WWW 2024).
        num_items: number of items.
        train_interactions: number of training interactions, which the table calls interactions.
        splits: checksum of each split's content, independent of its pickling; empty if unknown.
        files: SHA-256 of the files of profiles and embeddings; empty if unknown.
    """

    num_users: int
    num_items: int
    train_interactions: int
    splits: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


PUBLISHED = {
    "amazon": Published(
        11_000,
        9_332,
        120_464,
        splits={
            "train": "d4af7cc80a753116df13149a42d3c90a806673fb3d9ac8aa0b6926fcee0d788b",
            "val": "65a63c6f463f7aaee19bd2c1a753bd91446055856bf0e82ccd3f59f64d280963",
            "test": "e21e2ba96aeded9eb7893fb4b07bfe20d9da2dbf5b0705895b1bf7867f97c36c",
        },
    ),
    "yelp": Published(
        11_091,
        11_010,
        166_620,
        splits={
            "train": "7de6430c10e6112133947855caa2ef59d90b8d74a9aa4331e2d329ae03786c02",
            "val": "317eaf0a3d68381d19d219320f51e4a8c2df9b968315481f95ae6fb5f7d1243c",
            "test": "5b2ea3f81882881d8c615089bedcd8ac58597a52a5f043c024ed7e870bd73d10",
        },
        files={
            "usr_emb_np.pkl": "963b39db0b7f10fd6a673c61cdc620fe981a6d7acc6cf9515f419679013b4520",
            "itm_emb_np.pkl": "1fe3195f90ae39428eb491d80339d3e520cfe2a837f0c8175f71ebdf143a9315",
            "usr_prf.pkl": "bb3736724cfe8cce89b4872eeb901ff2a59777554c61a76dd2742a4318eb3424",
            "itm_prf.pkl": "73851996b2bd7f4d210c1c16d166b522abe84fb7f88d149736e7b4760836a7c8",
        },
    ),
    "steam": Published(23_310, 5_237, 316_190),
}


def differing_files(name: str, dataset: Dataset, folder: Path | None) -> list[str]:
    """Return the names of files that are not the published ones, judged by checksum or, if none is known, by size.

    Args:
        name: name of the published dataset.
        dataset: dataset that was read from the folder.
        folder: folder with the files of profiles and embeddings; None to skip these.
    """
    splits = _differing_splits(PUBLISHED[name], dataset)
    return [*splits, *(_differing_texts(PUBLISHED[name], dataset, folder) if folder else ())]


def published_name(dataset: Dataset) -> str | None:
    """Return the name of the published dataset with these interactions, as far as known; None if there is none."""
    names = (name for name, known in PUBLISHED.items() if not [*_differing_splits(known, dataset)])
    return next(names, None)


def _differing_splits(known: Published, dataset: Dataset) -> Iterator[str]:
    sizes = (dataset.num_users, dataset.num_items, dataset.train.nnz)
    other_size = sizes != (known.num_users, known.num_items, known.train_interactions)
    for split, file in SPLITS.items():
        expected = known.splits.get(split)
        if other_size if expected is None else content_digest(dataset.splits[split]).hexdigest() != expected:
            yield file


def _differing_texts(known: Published, dataset: Dataset, folder: Path) -> Iterator[str]:
    vectors = {"user": dataset.user_embeddings, "item": dataset.item_embeddings}
    for kind, file in (*EMBEDDINGS.items(), *PROFILES.items()):
        if not (folder / file).is_file():
            continue
        expected, table = known.files.get(file), vectors[kind] if file in EMBEDDINGS.values() else None
        if expected is not None:
            differs = StoredFile.of(folder / file).sha256 != expected
        else:
            differs = table is not None and table.shape[1] != WIDTH
        if differs:
            yield file
