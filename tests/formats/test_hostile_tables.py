"""Tables of all that readers stumble over, in every format: every record arrives equal, or file and line are named."""

import csv
import gzip
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from random import Random

import pytest

import hostile
from hostile import FILE_NAMES, Table
from rlmrec.common.errors import UserError
from rlmrec.formats import SEPARATORS, Reading, format_of

TABLES = [range(15), pytest.param(range(15, 50), marks=pytest.mark.full, id="more")]
"""Tables for each case of each test, numbered."""
Randoms = Callable[..., Iterator[Random]]
SINGLE = {name: separator for name, separator in SEPARATORS.items() if len(separator) == 1}
WRITERS: dict[str, tuple[int, str, Sequence[str]]] = {
    "usual": (csv.QUOTE_MINIMAL, "\r\n", ()),
    "all in quotes": (csv.QUOTE_ALL, "\n", ()),
    "unix": (csv.QUOTE_MINIMAL, "\n", ["\r"]),  # Python 3.11 leaves a lone carriage return outside of quotes then
}
NUMBERS = count()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile [a-z]*")


@pytest.fixture(params=TABLES)
def randoms(request: pytest.FixtureRequest) -> Randoms:
    """Yield sources of tables for a case, others for every case but the same in every run."""
    return lambda *case: (Random(f"{case} {seed}") for seed in request.param)


def place(random: Random, folder: Path, ending: str) -> Path:
    """Return a file with an unusual name, gzipped or not."""
    return folder / f"{random.choice(FILE_NAMES)}.{ending}{random.choice(['', '.gz'])}"


def read(path: Path, name: str, reading: Reading | None = None) -> Table:
    staging = path.parent / f"staging {next(NUMBERS)}"
    staging.mkdir()
    kind = format_of(path, name, reading or Reading())
    names = kind.columns(path)
    return Table(names, [list(row) for row in kind.scan(path, names, staging).collect().rows()])


def arrives(path: Path, table: Table, name: str, reading: Reading | None = None) -> None:
    """Check that a well-formed table is read as it was written."""
    assert read(path, name, reading) == table


def read_or_refused(path: Path, name: str, reading: Reading | None = None) -> Table | None:
    """Return what is read of a damaged table, or None if it is refused in one line that names the file and its line."""
    try:
        return read(path, name, reading)
    except UserError as error:
        assert str(path) in str(error)
        assert re.search(r"\blines? \d", str(error))
        assert "\n" not in str(error)
        return None


@pytest.mark.parametrize("name", SINGLE)
@pytest.mark.parametrize("writer", WRITERS)
def test_delimited(name: str, writer: str, folder: Path, randoms: Randoms) -> None:
    quoting, end, without = WRITERS[writer]
    for random in randoms(name, writer):
        table = hostile.table(random, without)
        text = hostile.delimited(table, SINGLE[name], quoting, end)
        arrives(hostile.write(place(random, folder, name), text, random.random() < 0.2), table, name)


@pytest.mark.parametrize("name", SEPARATORS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_without_quoting(name: str, end: str, folder: Path, randoms: Randoms) -> None:
    """What stands between two separators is the value, quotes included."""
    for random in randoms(name, end):
        table = hostile.table(random, ("\n", "\r", SEPARATORS[name][0]), columns=2)
        text = hostile.delimited(table, SEPARATORS[name], csv.QUOTE_NONE, end)
        path = hostile.write(place(random, folder, name), text, random.random() < 0.2)
        arrives(path, table, name, Reading(quoting=False))


@pytest.mark.parametrize("ascii_only", [True, False])
def test_json_lines(ascii_only: bool, folder: Path, randoms: Randoms) -> None:
    for random in randoms("json", str(ascii_only)):
        table = hostile.table(random, absent=0.2, records=1)
        text = hostile.json_lines(table, ascii_only)
        arrives(hostile.write(place(random, folder, "jsonl"), text, random.random() < 0.2), table, "auto")


def test_python_lines(folder: Path, randoms: Randoms) -> None:
    for random in randoms("python"):
        table = hostile.table(random, absent=0.2, records=1)
        text = hostile.python_lines(table)
        arrives(hostile.write(place(random, folder, "txt"), text, random.random() < 0.2), table, "python")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_recbole(end: str, folder: Path, randoms: Randoms) -> None:
    for random in randoms("recbole", end):
        table = hostile.table(random, ("\n", "\r", "\t"), columns=2)
        typed = Table([f"{name}:token" for name in table.names], table.records)
        text = hostile.delimited(typed, "\t", csv.QUOTE_NONE, end)
        arrives(hostile.write(place(random, folder, "inter"), text, random.random() < 0.2), table, "auto")


def test_parquet(folder: Path, randoms: Randoms) -> None:
    for random in randoms("parquet"):
        table = hostile.table(random, absent=0.2)
        path = folder / f"{random.choice(FILE_NAMES)}.parquet"
        with path.open("wb") as file:
            table.frame().write_parquet(file)
        arrives(path, table, "auto")


@pytest.mark.parametrize("name", SINGLE)
def test_a_cut_off_file_loses_nothing_unseen(name: str, folder: Path, randoms: Randoms) -> None:
    """All whole records arrive; the last may be shorter only at its very end, where nobody can tell."""
    refused: list[bool] = []
    for random in randoms("cut", name):
        table = hostile.table(random, columns=2, records=1)
        header = len(hostile.delimited(Table(table.names, []), SINGLE[name]).encode())
        whole = hostile.delimited(table, SINGLE[name]).encode()
        cut, path = whole[: random.randint(header, len(whole))], place(random, folder, name)
        path.write_bytes(gzip.compress(cut) if path.suffix == ".gz" else cut)
        found = read_or_refused(path, name)
        refused.append(found is None)
        if found is None or not found.records:
            continue
        *complete, last = found.records
        true = table.records[len(complete)]
        assert complete == table.records[: len(complete)]
        assert last[:-1] == true[:-1]
        assert true[-1].startswith(last[-1])
    assert len(refused) / 8 < sum(refused) < len(refused)


def test_a_cut_off_json_file_loses_nothing_unseen(folder: Path, randoms: Randoms) -> None:
    for random in randoms("cut json"):
        table = hostile.table(random, records=1)
        lines = hostile.json_lines(table, ascii_only=False).encode().splitlines(keepends=True)
        number = random.randrange(len(lines))
        part, path = lines[number][: random.randint(1, len(lines[number]))], place(random, folder, "jsonl")
        cut = b"".join(lines[:number]) + part
        path.write_bytes(gzip.compress(cut) if path.suffix == ".gz" else cut)
        found = read_or_refused(path, "auto")
        assert (found is not None) == part.endswith((b"}", b"}\n"))
        assert found is None or found.records == table.records[: number + 1]


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_cut_off_compressed_data_are_refused(ending: str, folder: Path, randoms: Randoms) -> None:
    for random in randoms("cut gzip", ending):
        table = hostile.table(random, records=1)
        text = hostile.delimited(table, ",") if ending == "csv" else hostile.json_lines(table, ascii_only=True)
        content = gzip.compress(text.encode())
        (folder / f"cut.{ending}.gz").write_bytes(content[: random.randrange(1, len(content))])
        assert read_or_refused(folder / f"cut.{ending}.gz", {"csv": "csv", "jsonl": "auto"}[ending]) is None


@pytest.mark.parametrize("name", [*SEPARATORS, "recbole"])
@pytest.mark.parametrize("change", [-1, 1])
def test_short_and_long_records_are_refused(name: str, change: int, folder: Path, randoms: Randoms) -> None:
    separator = SEPARATORS.get(name, "\t")
    without = () if name in SINGLE else ("\n", "\r", separator[0])
    for random in randoms("length", name, str(change)):
        table = hostile.table(random, without, columns=3, records=1)
        record = random.choice(table.records)
        if change < 0:
            del record[random.randrange(len(record))]
        else:
            record.insert(random.randint(0, len(record)), hostile.text(random, without))
        names = [f"{column}:token" for column in table.names] if name == "recbole" else table.names
        quoting = csv.QUOTE_MINIMAL if name in SINGLE else csv.QUOTE_NONE
        text = hostile.delimited(Table(names, table.records), separator, quoting)
        assert read_or_refused(hostile.write(place(random, folder, name), text), name) is None


@pytest.mark.parametrize("name", SINGLE)
def test_lone_quotes_never_join_records(name: str, folder: Path, randoms: Randoms) -> None:
    """Values written without quoting, in some of which one quote stands somewhere, such as inches."""
    refused: list[bool] = []
    for random in randoms("quotes", name):
        table = hostile.table(random, ("\n", "\r", '"', SINGLE[name]), columns=2, records=2)
        for record in random.choices(table.records, k=random.choice([1, 2, 2, 4])):
            place_of_it = random.randrange(len(record))
            if '"' not in record[place_of_it]:
                record[place_of_it] = random.choice(['"{}', '{}"', '{}"{}']).format(*[record[place_of_it]] * 2)
        text = hostile.delimited(table, SINGLE[name], csv.QUOTE_NONE, "\n")
        found = read_or_refused(hostile.write(place(random, folder, name), text), name, Reading(quoting=None))
        assert found is None or found == table
        refused.append(found is None)
    assert len(refused) / 8 < sum(refused) < len(refused)


def test_very_long_values(folder: Path) -> None:
    value = 'long "quoted", 中 text\n' * 30_000
    table = Table(["user", "review"], [["a", value], ["b", ""], ["c", value]])
    texts = {
        "csv": hostile.delimited(table, ","),
        "tsv": hostile.delimited(table, "\t"),
        "jsonl": hostile.json_lines(table, ascii_only=True),
        "python": hostile.python_lines(table),
    }
    for name, text in texts.items():
        arrives(hostile.write(folder / f"long.{name}.gz", text), table, name)
