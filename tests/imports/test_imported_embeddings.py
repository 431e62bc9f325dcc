"""Vectors of one's own in a dataset folder."""

import json
import pickle
import shutil
import tracemalloc
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from safetensors.torch import save_file

import importing
import tiny
import vector_files
from harmful import Touch
from rlmrec.data.folder import FolderDataset
from rlmrec.data.manifest import Manifest
from rlmrec.imports.embeddings import EmbeddingImport
from rlmrec.imports.vectors import base
from rlmrec.preparation.check import examine

WIDTH = 5
USERS = [f"user-{number}" for number in range(tiny.NUM_USERS)]
ITEMS = [f"item-{number}" for number in range(tiny.NUM_ITEMS)]
ORDER = np.random.default_rng(1).permutation(tiny.NUM_USERS)
SHUFFLED = [USERS[number] for number in ORDER]


def table(count: int, width: int = WIDTH, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, width)).astype(np.float32)


USER_VECTORS, ITEM_VECTORS = table(tiny.NUM_USERS), table(tiny.NUM_ITEMS, seed=1)


@pytest.fixture
def folder(tmp_path: Path, tiny_folder_without_text: Path) -> Path:
    return shutil.copytree(tiny_folder_without_text, tmp_path / "data")


@pytest.fixture
def item_file(tmp_path: Path) -> str:
    vector_files.npz(tmp_path / "items.npz", ITEMS, ITEM_VECTORS)
    return str(tmp_path / "items.npz")


run, refused = partial(importing.run, EmbeddingImport), partial(importing.refused, EmbeddingImport)


def loaded(folder: Path) -> tuple[np.ndarray | None, np.ndarray | None]:
    dataset = FolderDataset(str(folder)).load()
    return dataset.user_embeddings, dataset.item_embeddings


@pytest.mark.parametrize("small_blocks", [False, True])
@pytest.mark.parametrize("name", vector_files.WITH_IDS)
def test_every_kind_of_file_is_joined_by_id(
    name: str, small_blocks: bool, folder: Path, item_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if small_blocks:
        monkeypatch.setattr(base, "BYTES_AT_ONCE", 7 * 4 * WIDTH)
    path = folder.parent / name
    vector_files.WITH_IDS[name](path, SHUFFLED, USER_VECTORS[ORDER])
    pattern = {"user_columns": {"id": "auto", "vector": "dim_*"}} if name.startswith("e") else {}
    run(folder, users=str(path), items=item_file, **pattern)
    users, items = loaded(folder)
    assert users is not None and users.dtype == np.float32
    np.testing.assert_allclose(users, USER_VECTORS, rtol=1e-6)
    np.testing.assert_array_equal(items, ITEM_VECTORS)


@pytest.mark.parametrize("ids", vector_files.IDS)
@pytest.mark.parametrize("name", vector_files.WITHOUT_IDS)
def test_ids_may_stand_in_a_file_of_their_own(
    name: str, ids: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "BYTES_AT_ONCE", 7 * 4 * WIDTH)
    vector_files.WITHOUT_IDS[name](folder.parent / name, USER_VECTORS[ORDER])
    vector_files.IDS[ids](folder.parent / ids, SHUFFLED)
    told = run(folder, users=str(folder.parent / name), user_ids=str(folder.parent / ids))
    np.testing.assert_array_equal(loaded(folder)[0], USER_VECTORS)
    assert told["users"]["origin"] == f"{name} with {ids}"
    assert [file["name"] for file in told["users"]["files"]] == [name, ids]


@pytest.mark.parametrize("name", vector_files.WITHOUT_IDS)
def test_rows_may_be_in_the_order_of_the_folder(name: str, folder: Path) -> None:
    vector_files.WITHOUT_IDS[name](folder.parent / name, USER_VECTORS)
    run(folder, users=str(folder.parent / name), user_ids="order")
    np.testing.assert_array_equal(loaded(folder)[0], USER_VECTORS)
    vector_files.WITHOUT_IDS[name](folder.parent / name, USER_VECTORS[1:])
    says = refused(folder, users=str(folder.parent / name), user_ids="order", replace=True)
    assert "with user_ids=order, the folder gives 60 ids for the 59 vectors" in says


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16, torch.float64])
def test_safetensors_of_all_precisions_and_with_whole_ids(kind: torch.dtype, folder: Path) -> None:
    path = folder.parent / "u.safetensors"
    save_file({"embeddings": torch.from_numpy(USER_VECTORS[ORDER]).to(kind), "ids": torch.from_numpy(ORDER)}, path)
    run(folder, users=str(path), match="id")
    expected = torch.from_numpy(USER_VECTORS).to(kind).to(torch.float32).numpy()
    np.testing.assert_array_equal(loaded(folder)[0], expected)


@pytest.mark.parametrize("kind", [np.int16, np.uint16, np.uint32, np.uint64])
def test_safetensors_with_ids_of_all_whole_types(kind: type, folder: Path) -> None:
    path = folder.parent / "u.safetensors"
    save_file({"embeddings": torch.from_numpy(USER_VECTORS[ORDER]), "ids": torch.from_numpy(ORDER.astype(kind))}, path)
    run(folder, users=str(path), match="id")
    np.testing.assert_array_equal(loaded(folder)[0], USER_VECTORS)


@pytest.mark.parametrize("ids", [ORDER, ORDER.astype(np.float64), ORDER.astype(np.uint8)])
def test_the_numbers_of_the_folder_do_as_ids_if_it_is_said(ids: np.ndarray, folder: Path) -> None:
    np.savez(folder.parent / "u.npz", ids=ids, embeddings=USER_VECTORS[ORDER])
    assert "none of the 60 ids" in refused(folder, users=str(folder.parent / "u.npz"))
    run(folder, users=str(folder.parent / "u.npz"), match="id")
    np.testing.assert_array_equal(loaded(folder)[0], USER_VECTORS)


def test_what_came_from_where_is_recorded_and_the_folder_has_no_problems(folder: Path, item_file: str) -> None:
    vector_files.npz(folder.parent / "u.npz", [*USERS, "stranger"], table(tiny.NUM_USERS + 1))
    told = run(folder, users=str(folder.parent / "u.npz"), items=item_file, origin="my encoder")
    manifest = Manifest.read(folder)
    assert manifest.embeddings == {
        "imported": told,
        "mean_vectors": {"users": 0, "items": 0},
        "text_sha256": FolderDataset(str(folder)).load().text_sha256(),
        "dtype": "float32",
        "dim": WIDTH,
    }
    users = told["users"]
    assert {name: users[name] for name in users if name != "files"} == {
        "origin": "my encoder",
        "rows": 60,
        "unknown": 1,
        "unknown_example": "stranger",
        "missing": 0,
        "zero": 0,
    }
    assert users["files"][0]["name"] == "u.npz"
    assert users["files"][0]["bytes"] == (folder.parent / "u.npz").stat().st_size
    assert str(folder.parent) not in json.dumps(manifest.embeddings)
    assert examine(folder)[2] == []


def test_one_kind_alone(folder: Path, item_file: str) -> None:
    run(folder, items=item_file)
    users, items = loaded(folder)
    assert users is None
    np.testing.assert_array_equal(items, ITEM_VECTORS)
    assert Manifest.read(folder).embeddings["only"] == "items"
    assert examine(folder)[2] == []
    before = (folder / "item_embeddings.npy").stat()
    vector_files.npz(folder.parent / "u.npz", USERS, USER_VECTORS)
    run(folder, users=str(folder.parent / "u.npz"), origin="mine")
    users, _ = loaded(folder)
    np.testing.assert_array_equal(users, USER_VECTORS)
    assert (folder / "item_embeddings.npy").stat() == before, "the other file is not touched"
    embeddings = Manifest.read(folder).embeddings
    assert {kind: about["origin"] for kind, about in embeddings["imported"].items()} == {
        "items": "items.npz",
        "users": "mine",
    }
    assert "only" not in embeddings


def test_the_encoder_of_the_other_kind_stays_on_record(tmp_path: Path, tiny_folder: Path) -> None:
    folder = shutil.copytree(tiny_folder, tmp_path / "data")
    vector_files.npz(tmp_path / "u.npz", USERS, table(tiny.NUM_USERS, 12))
    run(folder, users=str(tmp_path / "u.npz"), replace=True)
    embeddings = Manifest.read(folder).embeddings
    assert embeddings["encoder"] == "made up" and list(embeddings["imported"]) == ["users"]
    vector_files.npz(tmp_path / "i.npz", ITEMS, table(tiny.NUM_ITEMS, 12))
    run(folder, items=str(tmp_path / "i.npz"), replace=True)
    embeddings = Manifest.read(folder).embeddings
    assert "encoder" not in embeddings and sorted(embeddings["imported"]) == ["items", "users"]


def test_nothing_is_replaced_unless_it_is_said(tmp_path: Path, tiny_folder: Path) -> None:
    folder = shutil.copytree(tiny_folder, tmp_path / "data")
    vector_files.npz(tmp_path / "u.npz", USERS, table(tiny.NUM_USERS, 12))
    says = refused(folder, users=str(tmp_path / "u.npz"))
    assert says == f"{folder} has embeddings of users already: replace=true puts these in their place"


def test_gaps_get_the_mean_if_they_are_allowed(folder: Path) -> None:
    path = folder.parent / "u.npz"
    vectors = USER_VECTORS.copy()
    vectors[7] = 0
    vector_files.npz(path, USERS[2:], vectors[2:])
    says = refused(folder, users=str(path))
    assert "u.npz has no row for 2 of 60 users, such as 'user-0': add them, or set missing=allow" in says
    told = run(folder, users=str(path), missing="allow")
    assert (told["users"]["missing"], told["users"]["zero"]) == (2, 1)
    assert Manifest.read(folder).embeddings["mean_vectors"] == {"users": 2}
    assert FolderDataset(str(folder)).load().has_profile.tolist() == [False] * 2 + [True] * 98
    users, _ = loaded(folder)
    assert users is not None
    np.testing.assert_array_equal(users[2:], vectors[2:])
    mean = np.delete(vectors, [0, 1, 7], axis=0).mean(axis=0)
    np.testing.assert_allclose(users[:2], [mean, mean], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("value", "dtype", "says"),
    [
        (np.nan, "float32", "NaN or infinite numbers in the vectors of 2 users, such as 'user-3'"),
        (np.inf, "float32", "NaN or infinite numbers in the vectors of 2 users, such as 'user-3'"),
        (1e300, "float32", "NaN or infinite numbers in the vectors of 2 users, such as 'user-3'"),
        (1e6, "float16", "holds numbers that float16 cannot: choose dtype=float32"),
    ],
)
def test_numbers_that_are_none_are_refused(value: float, dtype: Any, says: str, folder: Path) -> None:
    vectors = USER_VECTORS.astype(np.float64)
    vectors[[3, 9], 2] = value
    vector_files.npz(folder.parent / "u.npz", USERS, vectors)
    assert says in refused(folder, users=str(folder.parent / "u.npz"), dtype=dtype)


def test_half_precision(folder: Path) -> None:
    vector_files.npz(folder.parent / "u.npz", USERS, USER_VECTORS)
    run(folder, users=str(folder.parent / "u.npz"), dtype="float16")
    users, _ = loaded(folder)
    assert users is not None and users.dtype == np.float16
    np.testing.assert_array_equal(users, USER_VECTORS.astype(np.float16))


@pytest.mark.parametrize(
    ("users", "says"),
    [
        ([*USERS, "user-4"], "u.npz has several rows for 1 users, such as 'user-4': leave one of each"),
        ([f"x{name}" for name in USERS], "none of the 60 ids in "),
        ([*USERS[:-1], "nobody"], "has no row for 1 of 60 users, such as 'user-59'"),
    ],
)
def test_ids_that_do_not_fit(users: list[str], says: str, folder: Path) -> None:
    vector_files.npz(folder.parent / "u.npz", users, table(len(users)))
    assert says in refused(folder, users=str(folder.parent / "u.npz"))


def test_widths_that_differ(folder: Path, item_file: str) -> None:
    vector_files.npz(folder.parent / "u.npz", USERS, table(tiny.NUM_USERS, 4))
    says = refused(folder, users=str(folder.parent / "u.npz"), items=item_file)
    assert "u.npz holds vectors of 4 numbers" in says and "items.npz of 5" in says
    run(folder, items=item_file)
    says = refused(folder, users=str(folder.parent / "u.npz"))
    assert "u.npz holds vectors of 4 numbers" in says and "item_embeddings.npy of 5" in says


def test_nothing_is_unpickled(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    traps = np.array([Touch("trapped")] * tiny.NUM_USERS, dtype=object)
    np.save("u.npy", traps, allow_pickle=True)
    assert "Python objects, which are not loaded" in refused(folder, users="u.npy", user_ids="order")
    np.savez("u.npz", ids=traps, embeddings=USER_VECTORS)
    assert "holds Python objects, which are not loaded" in refused(folder, users="u.npz")
    np.savez("u.npz", ids=np.array(USERS), embeddings=traps[:, None])
    assert "does not hold real numbers" in refused(folder, users="u.npz")
    np.save("ids.npy", traps, allow_pickle=True)
    np.save("u.npy", USER_VECTORS)
    assert "Python objects" in refused(folder, users="u.npy", user_ids="ids.npy")
    Path("u.npz").write_bytes(pickle.dumps(Touch("trapped")))
    assert "is no archive that numpy.savez wrote" in refused(folder, users="u.npz")
    Path("u.npy").write_bytes(pickle.dumps(Touch("trapped")))
    assert "is no array that numpy.save wrote" in refused(folder, users="u.npy", user_ids="order")
    for name in ("u.pkl", "u.pt", "u.pth", "u.pickle", "u.bin"):
        Path(name).write_bytes(pickle.dumps(Touch("trapped")))
        assert "a pickle can run code. Save it again" in refused(folder, users=name)
    assert not Path("trapped").exists()


@pytest.mark.parametrize("name", [*vector_files.WITH_IDS, *vector_files.WITHOUT_IDS])
@pytest.mark.parametrize("damage", ["cut", "noise", "empty"])
def test_damaged_files_are_named(name: str, damage: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    path = Path(name)
    if name in vector_files.WITH_IDS:
        vector_files.WITH_IDS[name](path, USERS, USER_VECTORS)
        options = {}
    else:
        vector_files.WITHOUT_IDS[name](path, USER_VECTORS)
        options = {"user_ids": "order"}
    whole = path.read_bytes()
    path.write_bytes({"cut": whole[: len(whole) * 2 // 3], "noise": bytes(range(256)) * 8, "empty": b""}[damage])
    assert name in refused(folder, users=name, **options)


def test_a_small_archive_does_not_fill_the_memory(folder: Path, tmp_path: Path) -> None:
    """A megabyte of zeros in the archive for each gigabyte: only a block of it is unpacked at once."""
    rows, path = 300_000, tmp_path / "u.npz"
    np.savez_compressed(path, ids=np.arange(rows), embeddings=np.zeros((rows, 100), np.float32))
    tracemalloc.start()
    try:
        run(folder, users=str(path), match="id")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6 * base.BYTES_AT_ONCE
    assert Manifest.read(folder).embeddings["imported"]["users"]["unknown"] == rows - tiny.NUM_USERS


def test_announced_sizes_are_looked_at_before_anything_is_read(folder: Path, tmp_path: Path) -> None:
    header = np.lib.format.header_data_from_array_1_0(np.zeros((1, 1), np.float32))
    for shape, says in (((10**9, 10**4), "are announced"), ((60, 10**6), "are announced")):
        with zipfile.ZipFile(tmp_path / "u.npz", "w") as archive, archive.open("embeddings.npy", "w") as file:
            np.lib.format.write_array_header_1_0(file, header | {"shape": shape})
        assert says in refused(folder, users=str(tmp_path / "u.npz"), user_ids="order")
    np.save(tmp_path / "u.npy", np.zeros((60, 2**17), np.int8))
    assert "131,072 numbers wide" in refused(folder, users=str(tmp_path / "u.npy"), user_ids="order")


def test_a_disk_without_room(folder: Path, item_file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**6, 10**6, 100))
    assert "1.6e-06 GB are needed, but there are 1e-07 GB of free disk" in refused(folder, items=item_file)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "name a file: users=..., items=..., or both"),
        ({"users": "nowhere.npz"}, "users=nowhere.npz: there is no such file"),
        ({"users": "u.npy"}, "u.npy holds no ids: name a file of them with user_ids=..., or, if its rows are in"),
        ({"users": "u.safetensors"}, "u.safetensors holds no ids: name a file of them with user_ids=..."),
        ({"users": "alone.npz"}, "alone.npz holds no ids: name a file of them with user_ids=..."),
        ({"users": "u.npy", "user_ids": "none.txt"}, "user_ids=none.txt: there is no such file"),
        ({"users": "u.npy", "user_ids": "few.txt"}, "few.txt holds 59 ids for the 60 vectors in u.npy"),
        ({"users": "two.npz"}, "it has ids, left, right: set user_columns.vector=... to one of these"),
        ({"users": "two.npz", "user_columns": {"id": "auto", "vector": "top"}}, "two.npz has nothing called top"),
        ({"users": "by_columns.npz"}, "stored by columns: save numpy.ascontiguousarray"),
        ({"users": "flat.npz"}, "(60,)"),
        ({"users": "words.csv"}, "words.csv: 'hello' in the column d2 is no number"),
        ({"users": "ragged.jsonl"}, "ragged.jsonl record 2 holds 1 numbers where 2 are expected"),
        ({"users": "gap.jsonl"}, "gap.jsonl: 'null' in the column v is no number"),
        ({"users": "gap.csv"}, "gap.csv record 2 lacks a number: '[0.5, , 1.5]'"),
        ({"users": "gap_first.csv"}, "gap_first.csv record 1 lacks a number: '[, 0.5, 1.5]'"),
        (
            {"users": "u.npy", "user_ids": "order", "item_ids": "few.txt"},
            "item_ids=few.txt has no effect without items=",
        ),
        ({"users": "no_ids.csv"}, "it has first, second: set user_columns.id=..."),
        ({"users": "x.unknown"}, "set formats.users to one of"),
        ({"users": "latin.csv"}, "set encoding, such as latin-1"),
    ],
)
def test_mistakes(options: dict[str, Any], says: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    np.save("u.npy", USER_VECTORS)
    vector_files.safetensors(Path("u.safetensors"), USER_VECTORS)
    np.savez("alone.npz", USER_VECTORS)
    vector_files.txt_ids(Path("few.txt"), USERS[1:])
    np.savez("two.npz", ids=np.array(USERS), left=USER_VECTORS, right=USER_VECTORS)
    np.savez("by_columns.npz", ids=np.array(USERS), embeddings=np.asfortranarray(USER_VECTORS))
    np.savez("flat.npz", ids=np.array(USERS), embeddings=USER_VECTORS[:, 0])
    Path("words.csv").write_text("id,d1,d2\nuser-1,1,hello\n")
    Path("ragged.jsonl").write_text('{"id": "user-1", "v": [1, 2]}\n{"id": "user-2", "v": [1]}\n')
    Path("gap.jsonl").write_text('{"id": "user-1", "v": [1, null, 2]}\n{"id": "user-2", "v": [null, 1, 2]}\n')
    Path("gap.csv").write_text('id,v\nuser-1,"[1, 2]"\nuser-2,"[0.5, , 1.5]"\n')
    Path("gap_first.csv").write_text('id,v\nuser-1,"[, 0.5, 1.5]"\n')
    Path("no_ids.csv").write_text("first,second\n1,2\n")
    Path("x.unknown").write_text("id,a\n1,2\n")
    Path("latin.csv").write_bytes("id,a\nuser-\xe9,2\n".encode("latin-1"))
    assert says in refused(folder, **options)


def test_hand_made_folders_without_external_ids(folder: Path, item_file: str) -> None:
    for path in (folder / "items.parquet", folder / "users.parquet"):
        pl.read_parquet(path).drop("external_id").write_parquet(path)
    manifest = Manifest.read(folder)
    manifest.model_copy(update={"files": {}}).write(folder)
    says = refused(folder, items=item_file)
    assert "40 of 40 items have no external id to join by: match=id" in says
    np.savez(folder.parent / "i.npz", ids=np.arange(tiny.NUM_ITEMS), embeddings=ITEM_VECTORS)
    run(folder, items=str(folder.parent / "i.npz"), match="id")
    np.testing.assert_array_equal(loaded(folder)[1], ITEM_VECTORS)


@pytest.mark.parametrize("row_numbers", ["", "Unnamed: 0", "__index_level_0__", "index"])
def test_row_numbers_that_pandas_writes_are_no_dimension(row_numbers: str, folder: Path, tmp_path: Path) -> None:
    dimensions = {f"d{place}": ITEM_VECTORS[:, place] for place in range(WIDTH)}
    path = tmp_path / ("items.parquet" if row_numbers.startswith("__") else "items.csv")
    rows = pl.DataFrame({row_numbers: range(len(ITEMS)), "item": ITEMS, **dimensions})
    rows.write_parquet(path) if path.suffix == ".parquet" else rows.write_csv(path)
    run(folder, items=str(path))
    found = loaded(folder)[1]
    assert found is not None and found == pytest.approx(ITEM_VECTORS, rel=1e-6)


def test_dimensions_follow_one_another_by_their_numbers(folder: Path, tmp_path: Path) -> None:
    for kind, names, vectors, order in (("users", USERS, USER_VECTORS, 1), ("items", ITEMS, ITEM_VECTORS, -1)):
        columns = {f"d{place}": vectors[:, place] for place in range(WIDTH)[::order]}
        pl.DataFrame({"id": names, **columns}).write_csv(tmp_path / f"{kind}.csv")
    run(folder, **{kind: str(tmp_path / f"{kind}.csv") for kind in ("users", "items")})
    users, items = loaded(folder)
    assert users == pytest.approx(USER_VECTORS, rel=1e-6) and items == pytest.approx(ITEM_VECTORS, rel=1e-6)


def test_columns_that_are_not_all_dimensions_are_asked_for(folder: Path, tmp_path: Path) -> None:
    columns = {f"d{place}": ITEM_VECTORS[:, place] for place in range(WIDTH)}
    pl.DataFrame({"item": ITEMS, "year": 1990, **columns}).write_csv(tmp_path / "items.csv")
    says = refused(folder, items=str(tmp_path / "items.csv"))
    assert "year, d0, d1" in says and "set item_columns.vector=... to" in says
    run(folder, items=str(tmp_path / "items.csv"), item_columns={"id": "auto", "vector": "d*"})
    assert loaded(folder)[1] == pytest.approx(ITEM_VECTORS, rel=1e-6)


def test_decimal_commas_are_refused(folder: Path, tmp_path: Path) -> None:
    rows = [" ".join(f"{number:.6f}".replace(".", ",") for number in row) for row in ITEM_VECTORS.tolist()]
    pl.DataFrame({"item": ITEMS, "embedding": rows}).write_csv(tmp_path / "items.csv", separator=";")
    assert "write them with decimal points" in refused(folder, items=str(tmp_path / "items.csv"))


def test_bytes_that_are_no_text_are_refused(folder: Path, tmp_path: Path) -> None:
    vectors = pl.Series(ITEM_VECTORS.tolist(), dtype=pl.List(pl.Float32))
    pl.DataFrame({"item": [b"i\xff"] * len(ITEMS), "v": vectors}).write_parquet(tmp_path / "items.parquet")
    assert "the column item holds Binary that is no text" in refused(folder, items=str(tmp_path / "items.parquet"))


def test_vectors_that_vanish_in_half_precision_count_as_zero(folder: Path, tmp_path: Path) -> None:
    vector_files.npz(tmp_path / "items.npz", ITEMS, np.full_like(ITEM_VECTORS, 1e-9))
    run(folder, items=str(tmp_path / "items.npz"), dtype="float16")
    assert Manifest.read(folder).embeddings["imported"]["items"]["zero"] == len(ITEMS)


def test_a_pattern_takes_dimensions_by_their_numbers_too_and_row_numbers_alone_are_none(
    folder: Path, tmp_path: Path
) -> None:
    columns = {f"dim_{place}": ITEM_VECTORS[:, place - 8] for place in range(8 + WIDTH - 1, 7, -1)}
    pl.DataFrame({"item": ITEMS, **columns}).write_csv(tmp_path / "items.csv")
    run(folder, items=str(tmp_path / "items.csv"), item_columns={"id": "auto", "vector": "dim_*"})
    assert loaded(folder)[1] == pytest.approx(ITEM_VECTORS, rel=1e-6)
    pl.DataFrame({"id": ITEMS, "index": range(len(ITEMS))}).write_csv(tmp_path / "none.csv")
    assert "has the columns index, not all of which" in refused(folder, items=str(tmp_path / "none.csv"), replace=True)


def test_files_in_an_archive_that_are_no_arrays_are_passed_over(folder: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "u.npz", ids=np.array(USERS), embeddings=USER_VECTORS)
    with zipfile.ZipFile(tmp_path / "u.npz", "a") as archive:
        archive.writestr("README.txt", "made by hand")
    run(folder, users=str(tmp_path / "u.npz"))
    np.testing.assert_array_equal(np.load(folder / "user_embeddings.npy"), USER_VECTORS)
