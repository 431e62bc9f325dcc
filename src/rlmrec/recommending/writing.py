"""Writing of many users' lists to a file in parts, so that a killed command can be resumed."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from rlmrec.common.errors import UserError
from rlmrec.common.files import atomic_file, atomic_write
from rlmrec.common.processes.locks import claimed
from rlmrec.common.tables import csv_text, scan_parquet

SUFFIXES = (".parquet", ".csv")
ASKED = "asked.json"
"""File with a checksum of the request in the folder of parts."""


def check_new_file(path: str | Path) -> Path:
    """Return the path of a new file, after checking it.

    Raises:
        UserError: if it exists, or its name has no supported suffix.
    """
    file = Path(path)
    if file.suffix not in SUFFIXES:
        raise UserError(f"out={path}: its name must end in {' or '.join(SUFFIXES)}")
    if file.exists() or file.is_symlink():
        raise UserError(f"out={path} exists already: choose another name or remove it")
    return file


@contextmanager
def new_table(path: Path) -> Iterator[Callable[[pl.DataFrame], None]]:
    """Reserve the name of a table that takes long to compute, and yield a function that writes it.

    Args:
        path: path of a new file, Parquet or CSV by its suffix.

    Raises:
        UserError: if another process is writing the file, or it exists at the start or when it is written.
    """
    with claimed(path):
        check_new_file(path)

        def write(table: pl.DataFrame) -> None:
            check_new_file(path)
            write_table(path, table)

        yield write


def write_table(path: Path, table: pl.DataFrame) -> None:
    """Write a table at once, as Parquet or CSV by the suffix of the path."""
    with atomic_file(path) as partial:
        if path.suffix == ".csv":
            partial.write_text(csv_text(table), encoding="utf-8", newline="")
        else:
            table.write_parquet(partial)


def write_parts(path: Path, asked: Any, parts: Callable[[int], Iterator[pl.DataFrame]]) -> int:
    """Write tables to one file, which appears when all are complete, and return the number of rows.

    Args:
        path: path of a new file, Parquet or CSV by its suffix.
        asked: everything that determines the tables, JSON-serialisable; a killed command's parts are reused if it
            is the same.
        parts: function that is called with the number of finished parts and yields the others.

    Raises:
        UserError: if another process is writing the file, it exists, or the folder of its parts holds anything else.
    """
    checksum = hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()
    with claimed(path):
        check_new_file(path)
        folder = path.with_name(f".{path.name}.parts")
        _refuse_other_folder(folder)
        if not (folder / ASKED).is_file() or (folder / ASKED).read_text("utf-8") != checksum:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            atomic_write(folder / ASKED, checksum)
        done = 0
        while _part(folder, done).is_file():
            done += 1
        for number, table in enumerate(parts(done), done):
            with atomic_file(_part(folder, number)) as partial:
                table.write_parquet(partial)
        files = sorted(folder.glob("*.parquet"))
        with atomic_file(path) as partial:
            _join(files, partial, as_csv=path.suffix == ".csv")
        rows = int(scan_parquet(files).select(pl.len()).collect().item())
        shutil.rmtree(folder, ignore_errors=True)
    return rows


def _refuse_other_folder(folder: Path) -> None:
    """Refuse a folder that does not hold parts, since it would be removed."""
    if folder.is_dir() and not folder.is_symlink():
        names = [path.name for path in folder.iterdir()]
        mine = ASKED in names or all(name.startswith(f".{ASKED}") for name in names)  # it is written first
    else:
        mine = not (folder.exists() or folder.is_symlink())
    if not mine:
        raise UserError(f"{folder} is in the way of the file's parts: choose another name or remove it")


def _part(folder: Path, number: int) -> Path:
    return folder / f"{number:08}.parquet"


def _join(files: list[Path], path: Path, as_csv: bool) -> None:
    if not as_csv:
        scan_parquet(files).sink_parquet(path)
        return
    with path.open("w", encoding="utf-8", newline="") as out:
        for number, file in enumerate(files):
            text = csv_text(scan_parquet(file).collect())
            out.write(text if number == 0 else text.partition("\n")[2])
