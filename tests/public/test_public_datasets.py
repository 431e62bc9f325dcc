"""Public datasets from small files of their formats, on disk or from a server on this machine."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from bundle_server import Server, serving, zipped
from rlmrec import compose
from rlmrec.api import load_dataset
from rlmrec.common.config_files import choices
from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.data.dataset import Dataset
from rlmrec.public import dataset as dataset_module
from rlmrec.public.dataset import RECIPES, Name

USERS, ITEMS = 14, 12
FILM = "Misérables, Les (1995)"


def likes(user: int) -> list[int]:
    """All items but one, so that every user and item has at least ten."""
    return [item for item in range(ITEMS) if item != user % ITEMS]


def adjacency(part: slice) -> bytes:
    """LightGCN's form; the last user has no items in the test."""
    lines = [f"{user} {' '.join(map(str, likes(user)[part]))}" for user in range(USERS - 1)]
    return "\n".join([*lines, f"{USERS - 1} " + ("0 1 2" if part.start is None else "")]).encode()


def ratings(form: str, header: str = "") -> str:
    """Everybody likes all but one; a rating of 2 is none, and neither is an item that few rated."""
    pairs = [(user, item, 3 + (user + item) % 3) for user in range(USERS) for item in likes(user)]
    pairs += [(user, user % ITEMS, 2) for user in range(USERS)] + [(0, 77, 5)]
    return header + "".join(form.format(user + 1, item + 1, rating, 881250949 + user) for user, item, rating in pairs)


LIGHTGCN = {"train.txt": adjacency(slice(None, 10)), "test.txt": adjacency(slice(10, None))}
FILES: dict[str, dict[str, bytes]] = {
    "gowalla": LIGHTGCN,
    "yelp2018": LIGHTGCN,
    "amazon_book": LIGHTGCN,
    "ml_100k": {
        "u.data": ratings("{}\t{}\t{}\t{}\n").encode(),
        "u.item": "".join(f"{item}|{FILM}|01-Jan-1995||http://x|0|1\n" for item in range(1, 79)).encode("latin-1"),
    },
    "ml_1m": {
        "ratings.dat": ratings("{}::{}::{}::{}\n").encode(),
        "movies.dat": "".join(f"{item}::{FILM}::Drama|War\n" for item in range(1, 79)).encode("latin-1"),
    },
    "ml_latest_small": {
        "ratings.csv": ratings("{},{},{}.0,{}\n", "userId,movieId,rating,timestamp\n").encode(),
        "movies.csv": ("movieId,title,genres\n" + "".join(f'{n},"{FILM}",Drama|War\n' for n in range(1, 79))).encode(),
    },
}


def loaded(name: str, cache: Path, **options: Any) -> Dataset:
    chosen = compose([f"dataset={name}", "align=none", f"dataset.cache={cache}"])
    return load_dataset({"dataset": chosen["dataset"] | options})


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Change where a dataset is fetched from, and its checksums."""

    def change(name: str, **parts: Any) -> None:
        monkeypatch.setitem(RECIPES, name, replace(RECIPES[name], **parts))

    return change


def written(name: str, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    for file, content in FILES[name].items():
        (folder / file).write_bytes(content)
    return folder


def pairs(matrix: Any, dataset: Dataset) -> set[tuple[str, str]]:
    """Interactions by external ids."""
    users, items = (table["external_id"].to_list() for table in (dataset.users, dataset.items))
    return {(users[user], items[item]) for user, item in zip(*matrix.tocoo().coords, strict=True)}


def check_lightgcn(dataset: Dataset) -> None:
    """Test is as it was; a tenth of the training of users with at least ten is for validation."""
    expected = {(str(user), str(item)) for user in range(USERS - 1) for item in likes(user)[10:]}
    assert pairs(dataset.test, dataset) == expected
    known = {(str(user), str(item)) for user in range(USERS - 1) for item in likes(user)[:10]}
    known |= {(str(USERS - 1), str(item)) for item in range(3)}
    train, val = pairs(dataset.train, dataset), pairs(dataset.val, dataset)
    assert train | val == known and not train & val
    assert set(np.diff(dataset.train.indptr).tolist()) == {9, 3}


def check_movielens(dataset: Dataset) -> None:
    """Low ratings and rare items are gone; a tenth each is held out."""
    splits = [pairs(matrix, dataset) for matrix in (dataset.train, dataset.val, dataset.test)]
    assert set.union(*splits) == {(str(u + 1), str(item + 1)) for u in range(USERS) for item in likes(u)}
    assert sum(map(len, splits)) == USERS * (ITEMS - 1), "no two have one in common"
    assert 0 < len(splits[1]) < len(splits[0]) > len(splits[2]) > 0
    assert set(dataset.items["title"]) == {FILM}


CHECKS: dict[str, Callable[[Dataset], None]] = {
    name: check_movielens if name.startswith("ml") else check_lightgcn for name in FILES
}


@pytest.mark.parametrize("name", FILES)
def test_files_on_disk(name: str, tmp_path: Path) -> None:
    root = written(name, tmp_path / "raw")
    dataset = loaded(name, tmp_path / "cache", root=str(root))
    checked = any(file in RECIPES[name].checksums for file in RECIPES[name].files)
    assert dataset.name == (f"{name} (other files)" if checked else name)
    assert ("other files" in dataset.description) == checked
    CHECKS[name](dataset)
    again = loaded(name, tmp_path / "cache", root=str(root))
    assert again.fingerprint() == dataset.fingerprint()
    assert len(list((tmp_path / "cache" / "public" / name).glob("prepared-*"))) == 1, "prepared once"


def test_other_files_are_prepared_anew(tmp_path: Path) -> None:
    root = written("ml_1m", tmp_path / "raw")
    first = loaded("ml_1m", tmp_path / "cache", root=str(root))
    (root / "ratings.dat").write_bytes(FILES["ml_1m"]["ratings.dat"] + b"1::1::5::1\n")
    second = loaded("ml_1m", tmp_path / "cache", root=str(root))
    assert first.train.nnz + first.val.nnz + first.test.nnz + 1 == second.train.nnz + second.val.nnz + second.test.nnz


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(name: str, tmp_path: Path) -> None:
    root = written(name, tmp_path / "raw")
    absent = list(FILES[name])[-1]
    (root / absent).unlink()
    with pytest.raises(MissingFilesError, match=rf"raw has no {absent}: set dataset.root to the folder that holds "):
        loaded(name, tmp_path / "cache", root=str(root))


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    root = written("ml_1m", tmp_path / "raw")
    (root / "ratings.dat").write_text("1::1::five::1\n")
    with pytest.raises(UserError, match=r"ratings\.dat.*'five'"):
        loaded("ml_1m", tmp_path / "cache", root=str(root))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(b"") as running:
        yield running


ARCHIVE = zipped({f"ml-1m/{name}": data for name, data in FILES["ml_1m"].items()} | {"../users.dat": b"x"})


def test_an_archive_is_fetched_once_and_compared_with_its_checksum(
    server: Server, elsewhere: Callable[..., None], tmp_path: Path
) -> None:
    server.content = ARCHIVE
    checksums = {"data.zip": f"md5:{hashlib.md5(ARCHIVE).hexdigest()}"}
    elsewhere("ml_1m", url=server.url, checksums=checksums)
    for _ in range(2):
        CHECKS["ml_1m"](loaded("ml_1m", tmp_path))
    assert len(server.asked) == 1
    assert not list(tmp_path.parent.glob("users.dat")) and not list(tmp_path.rglob("users.dat")), "what is not needed"
    elsewhere("ml_1m", checksums={"data.zip": "md5:" + "0" * 32})
    with pytest.raises(UserError, match=r"data\.zip could not be fetched: .*hash"):
        loaded("ml_1m", tmp_path / "new")


def test_an_archive_of_something_else_is_refused(
    server: Server, elsewhere: Callable[..., None], tmp_path: Path
) -> None:
    server.content = zipped({"a.txt": b"x"})
    elsewhere("ml_1m", url=server.url, checksums={})
    with pytest.raises(UserError, match=r"data\.zip holds no files ratings\.dat, movies\.dat$"):
        loaded("ml_1m", tmp_path)


def git_name(content: bytes) -> str:
    return hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()


def test_single_files_are_fetched_and_compared_with_their_names_in_git(
    server: Server, elsewhere: Callable[..., None], tmp_path: Path
) -> None:
    """The server has one file for all names; each is compared with its own checksum."""
    server.content = content = LIGHTGCN["train.txt"]
    checksums = {"train.txt": f"git:{git_name(content)}", "test.txt": "git:" + "0" * 40}
    elsewhere("gowalla", url=server.url.removesuffix("data.zip"), checksums=checksums)
    with pytest.raises(UserError, match=r"test\.txt could not be fetched: its git name is not 0000"):
        loaded("gowalla", tmp_path)
    raw = tmp_path / "public" / "gowalla" / "raw"
    assert [path.name for path in raw.iterdir()] == ["train.txt"], "what is not the file does not stay"
    (raw / "test.txt").write_bytes(LIGHTGCN["test.txt"])
    checksums["test.txt"] = f"git:{git_name(LIGHTGCN['test.txt'])}"
    CHECKS["gowalla"](loaded("gowalla", tmp_path))
    assert len(server.asked) == 2, "no file was fetched again"


@pytest.mark.parametrize("name", FILES)
def test_every_checksum_is_of_a_known_kind_and_every_host_is_asked_safely(name: str) -> None:
    known = RECIPES[name]
    assert known.url.startswith("https://")
    fetched = known.files if known.url.endswith("/") else [known.url.rpartition("/")[2]]
    lengths = {"git": 40, "md5": 32}
    assert all(len(value) == lengths[kind] for kind, value in (c.split(":") for c in known.checksums.values()))
    assert set(known.checksums) == set(fetched) - {"ml-latest-small.zip"}, "its host changes it"


def test_every_recipe_is_a_choice() -> None:
    assert set(RECIPES) == set(FILES) == set(get_args(Name)) <= set(choices("dataset"))


def test_a_report_fetches_nothing(tmp_path: Path) -> None:
    chosen = compose(["dataset=ml_1m", "align=none", f"dataset.cache={tmp_path}"])
    with pytest.raises(MissingFilesError, match=r"raw has no ratings\.dat, movies\.dat: "):
        load_dataset(chosen, download=False)


def test_an_archive_that_lacks_a_file_is_told_and_another_one_mends_it(
    server: Server, elsewhere: Callable[..., None], tmp_path: Path
) -> None:
    server.content = zipped({"ml-1m/ratings.dat": FILES["ml_1m"]["ratings.dat"]})
    elsewhere("ml_1m", url=server.url, checksums={})
    with pytest.raises(UserError, match=r"data\.zip holds no movies\.dat: remove it and run"):
        loaded("ml_1m", tmp_path)
    (tmp_path / "public" / "ml_1m" / "data.zip").unlink()
    server.content = ARCHIVE
    CHECKS["ml_1m"](loaded("ml_1m", tmp_path))


def test_a_prepared_dataset_takes_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = written("ml_1m", tmp_path / "raw")
    loaded("ml_1m", tmp_path / "cache", root=str(root))
    monkeypatch.setattr(dataset_module, "lock_file", None)
    CHECKS["ml_1m"](loaded("ml_1m", tmp_path / "cache", root=str(root)))
