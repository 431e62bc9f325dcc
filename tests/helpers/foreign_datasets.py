"""Dataset folders that a stranger has changed."""

import gzip
import io
import json
import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse

from attempts import Change
from harmful import Touch

USERS, ITEMS = 60, 40


def unlisted(change: Change) -> Change:
    """A change after which the manifest lists no checksums, so that nothing is noticed by them."""

    def changed(data: Path, watch: Any) -> None:
        content = json.loads((data / "manifest.json").read_text())
        (data / "manifest.json").write_text(json.dumps(content | {"files": {}}))
        change(data, watch)

    return changed


def manifest(**parts: Any) -> Change:
    """Other fields of the manifest."""

    def change(data: Path, watch: Any) -> None:
        content = json.loads((data / "manifest.json").read_text())
        (data / "manifest.json").write_text(json.dumps(content | parts))

    return change


def written(name: str, content: bytes) -> Change:
    """Other content of a file."""
    return unlisted(lambda data, watch: (data / name).write_bytes(content) and None)


def _npz(**arrays: Any) -> Change:
    return unlisted(lambda data, watch: np.savez(data / "train.npz", **arrays))


def _members(change: Callable[[dict[str, bytes]], dict[str, bytes]], name: str = "train.npz") -> Change:
    """Other members of a matrix file; made once, as some are large until they are compressed."""
    made: list[bytes] = []

    def changed(data: Path, watch: Any) -> None:
        if not made:
            with zipfile.ZipFile(data / name) as file:
                members = {member: file.read(member) for member in file.namelist()}
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
                for member, content in change(members).items():
                    file.writestr(member, content)
            made.append(buffer.getvalue())
        (data / name).write_bytes(made[0])

    return unlisted(changed)


def header(shape: str, kind: str = "<f4") -> bytes:
    """A ``.npy`` header that says what it likes."""
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def _pickled_array(name: str) -> Change:
    return unlisted(
        lambda data, watch: np.save(data / name, np.array([[Touch(watch.canary)]], dtype=object), allow_pickle=True)
    )


def _rows(name: str, rows: int) -> Change:
    return unlisted(
        lambda data, watch: pl.select(id=pl.int_range(rows) * 0, external_id=pl.lit("x")).write_parquet(
            data / f"{name}.parquet"
        )
    )


def _log(change: Callable[[pl.DataFrame], pl.DataFrame]) -> Change:
    def changed(data: Path, watch: Any) -> None:
        change(pl.read_parquet(data / "interactions.parquet")).write_parquet(data / "interactions.parquet")

    return unlisted(changed)


def _csv(content: bytes) -> Change:
    def changed(data: Path, watch: Any) -> None:
        (data / "users.parquet").unlink()
        (data / "users.csv").write_bytes(content)

    return unlisted(changed)


def _pipe(name: str) -> Change:
    def changed(data: Path, watch: Any) -> None:
        (data / name).unlink(missing_ok=True)
        os.mkfifo(data / name)

    return unlisted(changed)


def _link(name: str, to: str = ".bashrc") -> Change:
    def changed(data: Path, watch: Any) -> None:
        path = data / name
        path.parent.mkdir(exist_ok=True)
        path.symlink_to(watch.home / to)

    return changed


ALL = {"train", "check", "encode_text", "check profiles", "write_profiles"}
READING_TEXT = {"encode_text"}
LOADING = ALL - READING_TEXT
"""Commands that read matrices; encoding reads the tables of users and items alone."""
WRITING_PROFILES = {"write_profiles"}
WRITING_VECTORS = {"encode_text"}
DATASETS: dict[str, tuple[Change, set[str]]] = {
    "a trillion users": (manifest(num_users=10**12, num_items=10**12), ALL),
    "no user": (manifest(num_users=-1), ALL),
    "nested manifest": (written("manifest.json", b'{"name": ' + b"[" * 500_000), ALL),
    "manifest of many bytes": (written("manifest.json", b" " * 2**23), ALL),
    "name that is a terminal command": (manifest(name="\x1b]0;title\x07"), ALL),
    "description that is a terminal command": (manifest(description="\x1b[2J"), ALL),
    "file above the folder": (manifest(files={"../../etc/passwd": {"sha256": "0", "bytes": 1}}), LOADING),
    "file at the root": (manifest(files={"/etc/passwd": {"sha256": "0", "bytes": 1}}), LOADING),
    "matrix that unpacks to a gigabyte": (
        _members(lambda m: m | {"data.npy": header(f"({2**28},)") + bytes(2**30)}),
        LOADING,
    ),
    "matrix that says to be larger": (_members(lambda m: m | {"data.npy": header("(5000000000,)")}), LOADING),
    "array without an ending": (_members(lambda m: m | {"coords": header("(5000000000,)")}), LOADING),
    "thousand arrays": (_members(lambda m: m | {f"a{i}.npy": m["data.npy"] for i in range(1000)}), LOADING),
    "objects in a matrix": (
        _npz(format=b"csr", shape=(USERS, ITEMS), data=np.array([{}]), indices=[0], indptr=[0]),
        LOADING,
    ),
    "matrix of a trillion rows": (
        unlisted(
            lambda data, watch: sparse.save_npz(
                data / "train.npz", sparse.coo_array(([1], ([0], [0])), (10**12, 10**12))
            )
        ),
        LOADING,
    ),
    "items that there are not": (
        _npz(format=b"csr", shape=(USERS, ITEMS), data=np.ones(1), indices=[10**6], indptr=[0] + [1] * USERS),
        LOADING,
    ),
    "blocks of no size": (
        _npz(format=b"bsr", shape=(USERS, ITEMS), data=np.ones((1, 0, 0)), indices=[0], indptr=[0, 1]),
        LOADING,
    ),
    "diagonals far away": (
        _npz(format=b"dia", shape=(USERS, ITEMS), data=np.ones((1, 5)), offsets=[2**62]),
        LOADING,
    ),
    "no matrix": (written("val.npz", b"PK\x05\x06" + bytes(18)), LOADING),
    "embeddings that say to be larger": (written("user_embeddings.npy", header("(60, 5000000000)")), LOADING),
    "embeddings of no width": (written("user_embeddings.npy", header("(60, 0)")), LOADING),
    "embeddings that are a pickle": (_pickled_array("item_embeddings.npy"), LOADING),
    "embeddings that are another pickle": (written("item_embeddings.npy", pickle.dumps([1])), LOADING),
    "embeddings of other numbers": (
        written("user_embeddings.npy", header("(60, 12)", "<c8") + bytes(60 * 12 * 8)),
        LOADING,
    ),
    "six million users in some bytes": (_rows("users", 6_000_000), ALL),
    "users that are no table": (written("users.parquet", b"PAR1" + bytes(100) + b"PAR1"), ALL),
    "users that are compressed": (_csv(gzip.compress(b"id,title\n" + b"0,x\n" * 1000)), ALL),
    "users in a row": (_csv(b"id," * 100_000 + b"\n"), ALL),
    "titles that are lists": (
        unlisted(
            lambda data, watch: (
                pl.read_parquet(data / "users.parquet")
                .with_columns(title=pl.lit([1, 2]))
                .write_parquet(data / "users.parquet")
            )
        ),
        ALL,
    ),
    "log of no table": (written("interactions.parquet", b"PAR1"), {"check", "write_profiles"}),
    "log of other users": (
        _log(lambda log: log.with_columns(user=pl.col("user") + 10**9)),
        {"check", "write_profiles"},
    ),
    "log of nobody": (_log(lambda log: log.with_columns(item=pl.lit(None, pl.Int64))), {"check", "write_profiles"}),
    "log of three million rows": (
        _log(lambda log: log.head(1).select(pl.all().repeat_by(3_000_000).explode())),
        {"check", "write_profiles"},
    ),
    "sources that are no table": (written("profiles.parquet", b"?"), {"check profiles"}),
    "answers that are a link": (_link("profiles/answers.jsonl"), WRITING_PROFILES),
    "answers that are a dangling link": (_link("profiles/answers.jsonl", "canary"), WRITING_PROFILES),
    "lock that is a link": (_link("profiles/.lock"), WRITING_PROFILES),
    "answers that are a pipe": (
        lambda data, watch: (data / "profiles").mkdir() or os.mkfifo(data / "profiles" / "answers.jsonl"),
        WRITING_PROFILES,
    ),
    "vectors elsewhere": (_link(".vectors", "canary"), WRITING_VECTORS),
    "matrix that is a pipe": (_pipe("train.npz"), LOADING),
    "manifest that is a pipe": (_pipe("manifest.json"), ALL),
}
"""What was changed, and the commands that cannot work with it."""
HARMLESS: dict[str, Change] = {
    "scratch folder elsewhere": _link(".encoding.partial", "canary"),  # cleared as what a killed command left
    "description of embeddings of another shape": manifest(embeddings={"options": 3, "transform": [], "encoder": {}}),
    "text that is a terminal command": unlisted(
        lambda data, watch: (
            pl.read_parquet(data / "users.parquet")
            .with_columns(profile=pl.lit("\x1b]0;title\x07"), title=pl.lit("\x1b]0;title\x07[/red]"))
            .write_parquet(data / "users.parquet")
        )
    ),
}
"""Changes that no command minds."""
