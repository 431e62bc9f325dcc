"""Unpacking an archive: known files only, into one folder, whole or not at all."""

import io
import shutil
import stat
import zipfile
from pathlib import Path

import pytest

from rlmrec.common.errors import UserError
from rlmrec.data import download
from rlmrec.data.published.bundle import MEMBERS, unpack_dataset

FILES = {file: f"content of {file}".encode() * 100 for file in MEMBERS}


def archive(folder: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    path = folder / "data.zip"
    with zipfile.ZipFile(path, "w", method) as target:
        for name, data in members.items():
            target.writestr(zipfile.ZipInfo(name), data, compress_type=method)
    return path


def below(prefix: str, files: dict[str, bytes] = FILES) -> dict[str, bytes]:
    return {f"{prefix}{file}": data for file, data in files.items()}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def refused(path: Path, folder: Path, says: str) -> None:
    with pytest.raises(UserError, match=says):
        unpack_dataset(path, folder)
    assert not folder.exists()


@pytest.mark.parametrize("prefix", ["yelp/", "data/yelp/", "./data/yelp/", "a/b/c/yelp/", "/data/yelp/"])
def test_files_of_one_dataset(prefix: str, tmp_path: Path) -> None:
    others = below("steam/", {"trn_mat.pkl": b"other"}) | {f"{prefix}readme.txt": b"", f"{prefix}more/val_mat.pkl": b""}
    unpack_dataset(archive(tmp_path, below(prefix) | others), tmp_path / "out" / "yelp")
    assert contents(tmp_path / "out" / "yelp") == FILES
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["yelp"]


@pytest.mark.parametrize(
    "name",
    [
        "../yelp/trn_mat.pkl",
        "yelp/../../yelp/trn_mat.pkl",
        "yelp/../trn_mat.pkl",
        "yelp/../../trn_mat.pkl",
        "..\\yelp\\trn_mat.pkl",
        "yelp/..",
        "yelp/",
        "yelp/.bashrc",
        "yelp/trn_mat.pkl/trn_mat.pkl",
        "not yelp/trn_mat.pkl",
        "trn_mat.pkl",
    ],
)
def test_names_that_lead_elsewhere_are_left_out(name: str, tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b" / "out" / "yelp"
    path = archive(tmp_path, {name: b"outside"})
    refused(path, inner, "holds no dataset yelp")
    path = archive(tmp_path, below("yelp/") | {name: b"outside"})
    unpack_dataset(path, inner)
    assert contents(inner) == FILES
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == {path, *(inner / file for file in FILES)}


def test_an_absolute_name_is_taken_as_a_plain_one(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere" / "yelp" / "trn_mat.pkl"
    target.parent.mkdir(parents=True)
    unpack_dataset(archive(tmp_path, {str(target): b"outside"}), tmp_path / "out" / "yelp")
    assert not target.exists()
    assert contents(tmp_path / "out" / "yelp") == {"trn_mat.pkl": b"outside"}


def test_links_become_plain_files(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("yelp/trn_mat.pkl")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as target:
        target.writestr(link, "/etc/hostname")
    unpack_dataset(tmp_path / "data.zip", tmp_path / "yelp")
    assert not (tmp_path / "yelp" / "trn_mat.pkl").is_symlink()
    assert contents(tmp_path / "yelp") == {"trn_mat.pkl": b"/etc/hostname"}


def test_more_than_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = archive(tmp_path, below("yelp/") | {"yelp/readme.txt": bytes(10**6), "steam/trn_mat.pkl": bytes(10**6)})
    size = sum(map(len, FILES.values()))
    monkeypatch.setattr(download, "MAX_UNPACKED_BYTES", size - 1)
    refused(path, tmp_path / "yelp", f"would unpack to more than {size - 1} bytes: refused")
    monkeypatch.setattr(download, "MAX_UNPACKED_BYTES", size)
    unpack_dataset(path, tmp_path / "yelp")
    assert contents(tmp_path / "yelp") == FILES


def test_a_size_that_is_a_lie_is_refused(tmp_path: Path) -> None:
    """The limit looks at the sizes that the archive states; so nothing may unpack to more than that."""
    path = archive(tmp_path, {"yelp/trn_mat.pkl": bytes(10**6)})
    content = path.read_bytes()
    stated = (10**6).to_bytes(4, "little")
    assert content.count(stated) == 2, "before the file and in the directory"
    path.write_bytes(content.replace(stated, (10**3).to_bytes(4, "little")))
    refused(path, tmp_path / "yelp", r"data\.zip is damaged")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_damage_is_told(method: int, tmp_path: Path) -> None:
    path = archive(tmp_path, {"yelp/trn_mat.pkl": bytes(range(256)) * 40}, method)
    whole = path.read_bytes()
    for content in (b"", b"no archive", whole[:-30]):
        path.write_bytes(content)
        refused(path, tmp_path / "yelp", r"data\.zip is damaged \(.*\): remove it and run the command again")
    for place in range(60, 120, 7):
        path.write_bytes(whole[:place] + b"\xff" * 4 + whole[place + 4 :])
        refused(path, tmp_path / "yelp", r"data\.zip is damaged")


def test_an_interruption_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, folder = archive(tmp_path, below("yelp/")), tmp_path / "out" / "yelp"
    done: list[int] = []

    def copy(source: io.BufferedIOBase, target: io.BufferedIOBase) -> None:
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(target.write(source.read()))

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(shutil, "copyfileobj", copy)
        unpack_dataset(path, folder)
    assert len(done) == 3
    assert not folder.exists()
    left_over = folder.with_name(".yelp.partial")
    left_over.mkdir()
    (left_over / "trn_mat.pkl").write_text("")
    unpack_dataset(path, folder)
    assert contents(folder) == FILES
    assert [path.name for path in folder.parent.iterdir()] == ["yelp"], "nothing is left of the first attempt"


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    path = archive(tmp_path, {"yelp/trn_mat.pkl": b"a", "other/yelp/trn_mat.pkl": b"b"})
    refused(path, tmp_path / "yelp", r"data\.zip holds trn_mat\.pkl more than once")


def test_an_encrypted_archive_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path, {"yelp/trn_mat.pkl": b"abc"}, zipfile.ZIP_STORED)
    whole = bytearray(path.read_bytes())
    for sign, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        whole[whole.index(sign) + flags] |= 1
    path.write_bytes(whole)
    refused(path, tmp_path / "yelp", r"data\.zip cannot be unpacked: .*encrypted")
