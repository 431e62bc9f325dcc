"""The manifest of a dataset folder: fields, and checksums of files."""

import json
from pathlib import Path
from typing import Any

import pytest

from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.data.folder import FolderDataset
from rlmrec.data.manifest import Manifest, StoredFile

FIELDS = {"format_version": 1, "name": "mine", "num_users": 3, "num_items": 4}
# echo -n abc | sha256sum
SHA256_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def written(folder: Path, content: Any) -> Path:
    (folder / "manifest.json").write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


def test_four_fields_are_enough(tmp_path: Path) -> None:
    manifest = Manifest.read(written(tmp_path, FIELDS))
    assert (manifest.name, manifest.num_users, manifest.num_items) == ("mine", 3, 4)
    manifest.verify(tmp_path)
    manifest.write(tmp_path)
    assert Manifest.read(tmp_path) == manifest
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_a_folder_that_names_no_format_is_of_the_first(tmp_path: Path) -> None:
    written(tmp_path, {name: value for name, value in FIELDS.items() if name != "format_version"})
    assert Manifest.read(tmp_path).format_version == 1


@pytest.mark.parametrize("field", ["name", "num_users", "num_items"])
def test_each_of_the_others_is_needed(field: str, tmp_path: Path) -> None:
    written(tmp_path, {name: value for name, value in FIELDS.items() if name != field})
    with pytest.raises(UserError, match=rf"manifest\.json: {field}: Field required$"):
        Manifest.read(tmp_path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (FIELDS | {"num_user": 3}, "num_user: Extra inputs are not permitted"),
        (FIELDS | {"format_version": 2}, "is of format 2, and this version of rlmrec-lightning reads formats up to 1"),
        (FIELDS | {"num_users": 0}, "num_users: Input should be greater than 0"),
        (FIELDS | {"num_items": 1.5}, "num_items: Input should be a valid integer"),
        (FIELDS | {"name": None}, "name: Input should be a valid string"),
        (FIELDS | {"files": {"a": {"bytes": 1}}}, "files.a.sha256: Field required"),
        (FIELDS | {"a": 1, "b": 2}, "a: Extra inputs are not permitted; b: Extra inputs are not permitted"),
        (FIELDS | {"preparation": {"source": ["my own"]}}, "preparation.source: Input should be an object"),
        (FIELDS | {"preparation": {"source": {"columns": "a"}}}, "preparation.source.columns: Input should be an obj"),
        (FIELDS | {"preparation": {"filters": {"a": 1}}}, "preparation.filters: Input should be a valid array"),
        (FIELDS | {"preparation": {"split": {"kind": "\x1b"}}}, "preparation.split.kind: "),
        (FIELDS | {"preparation": {"source": {"found": {"interactions": 1}}}}, "found.interactions: Input should be"),
        (FIELDS | {"profiles": {"imported": []}}, "profiles.imported: Input should be an object"),
        (FIELDS | {"profiles": {"imported": {"users": "x"}}}, "profiles.imported.users: Input should be an object"),
        (FIELDS | {"embeddings": {"imported": {"users": {}}}}, "embeddings.imported.users.origin: Field required"),
        (FIELDS | {"embeddings": {"mean_vectors": 3}}, "embeddings.mean_vectors: Input should be an object"),
        ([], "file: Input should be an object"),
        ("{", "file: Invalid JSON"),
        ("", "file: Invalid JSON"),
    ],
)
def test_mistakes_are_named(content: Any, says: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        Manifest.read(written(tmp_path, content))
    assert str(tmp_path / "manifest.json") in str(caught.value)
    assert says in str(caught.value)


def test_missing_folder_and_missing_manifest(tmp_path: Path) -> None:
    with pytest.raises(MissingFilesError, match=r"nowhere is not a folder"):
        Manifest.read(tmp_path / "nowhere")
    with pytest.raises(MissingFilesError, match=r"lacks manifest\.json"):
        Manifest.read(tmp_path)


def test_checksum_and_size_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")
    assert StoredFile.of(tmp_path / "abc") == StoredFile(sha256=SHA256_OF_ABC, bytes=3)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"abd", r"abc is not the file that manifest\.json describes"),
        (b"", r"dataset\.verify_checksums=false"),
        (None, r"abc is missing, but manifest\.json lists it"),
    ],
)
def test_listed_files_must_be_as_described(content: bytes | None, says: str, tmp_path: Path) -> None:
    stored = {"abc": {"sha256": SHA256_OF_ABC, "bytes": 3}}
    manifest = Manifest.read(written(tmp_path, FIELDS | {"files": stored}))
    (tmp_path / "abc").write_bytes(b"abc")
    (tmp_path / "not listed").write_bytes(b"anything")
    manifest.verify(tmp_path)
    (tmp_path / "abc").write_bytes(content) if content is not None else (tmp_path / "abc").unlink()
    with pytest.raises(UserError, match=says):
        manifest.verify(tmp_path)


def test_a_dataset_is_verified_unless_told_otherwise(tmp_path: Path, tiny_folder: Path) -> None:
    for path in tiny_folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    vectors = bytearray((tmp_path / "item_embeddings.npy").read_bytes())
    vectors[-1] ^= 1
    (tmp_path / "item_embeddings.npy").write_bytes(vectors)
    with pytest.raises(UserError, match=r"item_embeddings\.npy is not the file that manifest\.json describes"):
        FolderDataset(str(tmp_path)).load()
    FolderDataset(str(tmp_path), verify_checksums=False).load()
