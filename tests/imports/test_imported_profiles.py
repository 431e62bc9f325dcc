"""Profiles of one's own in a dataset folder."""

import json
import logging
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import importing
import raw_files
import tiny
from rlmrec.common.errors import UserError
from rlmrec.data.folder import FolderDataset
from rlmrec.data.manifest import Manifest
from rlmrec.imports.embeddings import EmbeddingImport
from rlmrec.imports.profiles import ProfileImport
from rlmrec.preparation.check import examine
from rlmrec.profiles import leaks
from rlmrec.profiles.backends.template import TemplateWriter
from rlmrec.profiles.job import ProfileJob
from rlmrec.profiles.prompts import Prompts
from rlmrec.text.encoding import encode_folder
from rlmrec.text.tfidf import TfidfEncoder
from vector_files import npz

USERS = [f"user-{number}" for number in range(tiny.NUM_USERS)]
ITEMS = [f"item-{number}" for number in range(tiny.NUM_ITEMS)]
COLUMNS = ("id", "profile")


def texts(names: list[str]) -> list[dict[str, str]]:
    """Rows in another order than the folder's; each text has what formats trip over."""
    return [{"id": name, "profile": f'{name} likes "tea", naïve ☕'} for name in reversed(names)]


def expected(names: list[str]) -> list[str]:
    return [row["profile"] for row in reversed(texts(names))]


@pytest.fixture
def folder(tmp_path: Path, tiny_folder_without_text: Path) -> Path:
    """Without any profile."""
    copy = shutil.copytree(tiny_folder_without_text, tmp_path / "data")
    for path in (copy / "users.parquet", copy / "items.parquet"):
        pl.read_parquet(path).with_columns(profile=pl.lit("")).write_parquet(path)
    manifest = Manifest.read(copy)
    manifest.model_copy(update={"files": {}}).write(copy)
    return copy


run, refused = partial(importing.run, ProfileImport), partial(importing.refused, ProfileImport)


def profiles(folder: Path) -> tuple[list[str], list[str]]:
    dataset = FolderDataset(str(folder)).load()
    return dataset.users["profile"].to_list(), dataset.items["profile"].to_list()


@pytest.mark.parametrize("name", ["u.csv", "u.tsv", "u.jsonl", "u.parquet", "u.csv.gz"])
def test_every_format_is_joined_by_id(name: str, folder: Path) -> None:
    path = raw_files.write(folder.parent / name, texts(USERS))
    items = raw_files.write(folder.parent / "i.jsonl", texts(ITEMS))
    told = run(folder, users=str(path), items=str(items), origin="our model")
    assert profiles(folder) == (expected(USERS), expected(ITEMS))
    manifest = Manifest.read(folder)
    assert manifest.profiles == {"imported": told}
    about = told["users"]
    assert about["files"][0]["name"] == name and about["files"][0]["bytes"] == path.stat().st_size
    assert {field: about[field] for field in about if field != "files"} == {
        "origin": "our model",
        "columns": {"id": "id", "profile": "profile"},
        "rows": 60,
        "unknown": 0,
        "missing": 0,
        "empty": 0,
    }
    assert str(folder.parent) not in json.dumps(manifest.profiles)
    assert examine(folder)[2] == []


@pytest.mark.parametrize(
    ("columns", "options"),
    [
        (("user_id", "summarization"), {}),
        (("External ID", "anything"), {}),
        (("uid", "text"), {}),
        (("who", "what"), {"user_columns": {"id": "who", "profile": "what"}}),
    ],
)
def test_columns_are_recognised_or_named(columns: tuple[str, str], options: dict[str, Any], folder: Path) -> None:
    table = pl.DataFrame(texts(USERS)).rename(dict(zip(COLUMNS, columns, strict=True)))
    if columns[0] == "uid":
        table = table.with_columns(age=pl.lit(7))
    table.write_csv(folder.parent / "u.csv")
    run(folder, users=str(folder.parent / "u.csv"), **options)
    assert profiles(folder)[0] == expected(USERS)


def test_a_table_without_a_header(folder: Path) -> None:
    pl.DataFrame(texts(USERS)).write_csv(folder.parent / "u.csv", include_header=False)
    assert "set user_columns.id=..." in refused(folder, users=str(folder.parent / "u.csv"))
    run(folder, users=str(folder.parent / "u.csv"), header=False)
    assert profiles(folder)[0] == expected(USERS)


def test_the_numbers_of_the_folder_do_as_ids_if_it_is_said(folder: Path) -> None:
    rows = {"id": [float(number) for number in range(tiny.NUM_USERS)], "profile": expected(USERS)}
    pl.DataFrame(rows).write_parquet(folder.parent / "u.parquet")
    assert "none of the 60 ids in " in refused(folder, users=str(folder.parent / "u.parquet"))
    run(folder, users=str(folder.parent / "u.parquet"), match="id")
    assert profiles(folder)[0] == expected(USERS)


def test_one_kind_alone_and_then_the_other(folder: Path) -> None:
    items = raw_files.write(folder.parent / "i.csv", texts(ITEMS))
    run(folder, items=str(items))
    assert profiles(folder) == ([""] * tiny.NUM_USERS, expected(ITEMS))
    users = raw_files.write(folder.parent / "u.csv", texts(USERS))
    run(folder, users=str(users), origin="mine")
    assert profiles(folder) == (expected(USERS), expected(ITEMS))
    origins = {kind: about["origin"] for kind, about in Manifest.read(folder).profiles["imported"].items()}
    assert origins == {"items": "i.csv", "users": "mine"}


def test_gaps_are_empty_if_they_are_allowed_and_strangers_are_counted(folder: Path) -> None:
    rows = [*texts(USERS[3:]), {"id": "stranger", "profile": "x"}, {"id": USERS[0], "profile": " "}]
    path = raw_files.write(folder.parent / "u.csv", rows)
    says = refused(folder, users=str(path))
    assert "u.csv has no row for 2 of 60 users, such as 'user-1': add them, or set missing=allow" in says
    about = run(folder, users=str(path), missing="allow")["users"]
    assert (about["rows"], about["missing"], about["empty"], about["unknown"]) == (58, 2, 3, 1)
    assert profiles(folder)[0] == ["", "", "", *expected(USERS[3:])]


def test_nothing_is_replaced_unless_it_is_said(tmp_path: Path, tiny_folder: Path) -> None:
    folder = shutil.copytree(tiny_folder, tmp_path / "data")
    path = raw_files.write(tmp_path / "u.csv", texts(USERS))
    assert refused(folder, users=str(path)).endswith(
        "data has profiles of users already: replace=true puts these in their place"
    )
    run(folder, users=str(path), replace=True)
    users, items = profiles(folder)
    assert users == expected(USERS) and items == tiny.dataset().items["profile"].to_list()
    assert FolderDataset(str(folder)).load().user_embeddings is None, "they were of other profiles"


@pytest.mark.parametrize(
    ("content", "options", "says"),
    [
        ("id,profile\nuser-1,a\nuser-1,b\n", {"missing": "allow"}, "has several rows for 1 users, such as 'user-1'"),
        (
            "id,profile\nbook-1,a\n",
            {},
            "none of the 1 ids in u.csv, such as 'book-1', is one of the users of the folder",
        ),
        ("id,profile\n", {}, "u.csv holds no rows"),
        ("", {}, "u.csv is empty"),
        ("first,second\n1,2\n", {}, "it has first, second: set user_columns.id=... to one of these"),
        ("id,a,b\n1,2,3\n", {}, "it has a, b: set user_columns.profile=... to one of these"),
        ("id,profile\n1,2,3\n", {}, "u.csv record 1 (line 2) has 3 values for 2 columns"),
        ('id,profile\n1,"2\n', {}, "quoting=false"),
        ("id,profile\n1,2\n", {"users": None}, "name a file: users=..., items=..., or both"),
        ("id,profile\n1,2\n", {"users": "none.csv"}, "users=none.csv: there is no such file"),
        ("id,profile\n1,2\n", {"formats": {"users": "cvs"}}, "formats.users: there is no format cvs"),
    ],
)
def test_mistakes(
    content: str, options: dict[str, Any], says: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    Path("u.csv").write_text(content)
    told = refused(folder, **({"users": "u.csv"} | options))
    assert says in told
    assert "source." not in told


def test_imported_profiles_are_not_written_over_by_accident(folder: Path) -> None:
    run(folder, items=str(raw_files.write(folder.parent / "i.csv", texts(ITEMS))), origin="mine")
    job = ProfileJob(str(folder), TemplateWriter(), Prompts("generic"))
    before = importing.contents(folder)
    with pytest.raises(UserError) as caught:
        job.write()
    assert str(caught.value) == (
        f"the profiles of items in {folder} were imported (mine): replace=true puts others in their place"
    )
    assert importing.contents(folder) == before
    ProfileJob(str(folder), TemplateWriter(), Prompts("generic"), replace=True, llm_name="template").write()
    assert "imported" not in Manifest.read(folder).profiles
    assert leaks.check(folder) > 0


def test_encoding_one_kind_makes_vectors_of_that_kind_alone(folder: Path) -> None:
    run(folder, items=str(raw_files.write(folder.parent / "i.csv", texts(ITEMS))))
    info = encode_folder(folder, TfidfEncoder(3, min_documents=1), "tfidf")
    dataset = FolderDataset(str(folder)).load()
    assert dataset.user_embeddings is None and dataset.item_embeddings is not None
    assert dataset.item_embeddings.shape == (tiny.NUM_ITEMS, 3)
    assert (info["only"], info["empty_profiles"], info["mean_vectors"]) == (
        "items",
        {"users": 60, "items": 0},
        {"users": 0, "items": 0},
    )
    assert info == Manifest.read(folder).embeddings
    assert examine(folder)[2] == []


def test_vectors_of_ones_own_for_one_kind_beside_encoded_ones_of_the_other(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    tiny_vectors = tiny.dataset().user_embeddings
    assert tiny_vectors is not None
    npz(folder.parent / "u.npz", USERS, tiny_vectors[:, :3])
    EmbeddingImport(str(folder), users=str(folder.parent / "u.npz"), origin="mine").run()
    assert "text_sha256" not in Manifest.read(folder).embeddings, "there is no text that they could be of"
    run(folder, items=str(raw_files.write(folder.parent / "i.csv", texts(ITEMS))))
    dataset = FolderDataset(str(folder)).load()
    assert dataset.user_embeddings is not None, "imported vectors stay though profiles change"
    assert caplog.text == ""
    encode_folder(folder, TfidfEncoder(3, min_documents=1), "tfidf")
    info = Manifest.read(folder).embeddings
    assert info["encoder"] == "tfidf" and list(info["imported"]) == ["users"] and "only" not in info
    dataset = FolderDataset(str(folder)).load()
    assert dataset.user_embeddings is not None and dataset.item_embeddings is not None
    assert (dataset.user_embeddings == tiny_vectors[:, :3]).all()
    with pytest.raises(UserError, match=r"vectors of users are \(3,\) wide, those of items \(2,\)"):
        encode_folder(folder, TfidfEncoder(2, min_documents=1), "tfidf")
    run(
        folder,
        items=str(folder.parent / "i.csv"),
        users=str(raw_files.write(folder.parent / "u.csv", texts(USERS))),
        replace=True,
    )
    with pytest.raises(UserError, match=r"the embeddings of users in .* were imported \(mine\): replace=true"):
        encode_folder(folder, TfidfEncoder(3, min_documents=1), "tfidf")
    assert Manifest.read(folder).embeddings.keys() == {"imported", "mean_vectors", "only", "dtype", "dim"}
    assert FolderDataset(str(folder)).load().kinds_without_embeddings == ["items"], (
        "the encoded ones were of other profiles"
    )
    assert caplog.text == ""
    encode_folder(folder, TfidfEncoder(3, min_documents=1), "tfidf", replace=True)
    assert "imported" not in Manifest.read(folder).embeddings


def test_imported_vectors_of_other_profiles_are_told(
    tmp_path: Path, tiny_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    folder = shutil.copytree(tiny_folder, tmp_path / "data")
    vectors = tiny.dataset().user_embeddings
    assert vectors is not None
    npz(tmp_path / "u.npz", USERS, vectors)
    npz(tmp_path / "i.npz", ITEMS, vectors[: tiny.NUM_ITEMS])
    EmbeddingImport(str(folder), users=str(tmp_path / "u.npz"), items=str(tmp_path / "i.npz"), replace=True).run()
    FolderDataset(str(folder)).load()
    assert caplog.text == ""
    run(folder, users=str(raw_files.write(tmp_path / "u.csv", texts(USERS))), replace=True)
    FolderDataset(str(folder)).load()
    assert "are of other profiles than those in it now" in caplog.text
    assert "or import embeddings of these" in caplog.text


def test_no_number_is_no_profile_and_bytes_are_refused(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "users.parquet"
    pl.DataFrame({"id": USERS, "profile": [float("nan")] * len(USERS)}).write_parquet(path)
    assert ProfileImport(str(folder), users=str(path)).run()["users"]["empty"] == len(USERS)
    pl.DataFrame({"id": USERS, "profile": [b"text \xff"] * len(USERS)}).write_parquet(path)
    with pytest.raises(UserError, match="the column profile holds Binary that is no text in UTF-8"):
        ProfileImport(str(folder), users=str(path), replace=True).run()
