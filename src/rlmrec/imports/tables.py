"""Tables in files of any format, read in blocks of rows."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from rlmrec.common.errors import UserError
from rlmrec.data.dataset import singular
from rlmrec.data.manifest import Manifest
from rlmrec.formats import Format, Reading, format_of
from rlmrec.formats.sniffing import plain
from rlmrec.preparation.guards import reading
from rlmrec.preparation.sources.columns import is_headerless
from rlmrec.preparation.sources.recognition import ENTITY_IDS

AUTO = "auto"
ROWS_AT_ONCE = 2**14


@dataclass(frozen=True)
class Table:
    """A table in a file.

    Args:
        path: path of the file.
        kind: ``users`` or ``items``, whose options name the columns.
        id_names: accepted names of the column of ids.
        format_name: name of the format, as for ``format_of``.
        text: options for reading text.
    """

    path: Path
    kind: str
    id_names: Sequence[str]
    format_name: str = AUTO
    text: Reading = field(default_factory=lambda: Reading(header=None))

    @property
    def option(self) -> str:
        """Return the name of the option group of the columns, such as ``user_columns``."""
        return f"{singular(self.kind)}_columns"

    def format(self) -> Format:
        """Return the format of the file."""
        with named_options(self.kind):
            return format_of(self.path, self.format_name, self.text)

    def columns(self) -> list[str]:
        """Return the names of the columns.

        Raises:
            UserError: if the file cannot be read.
        """
        with named_options(self.kind), reading(str(self.path)):
            return self.format().columns(self.path)

    def id_column(self, chosen: str) -> str:
        """Return the name of the column of ids.

        Args:
            chosen: name of the column, or ``auto``.

        Raises:
            UserError: if there is no such column; names the columns and the option.
        """
        found = self.columns()
        if chosen == AUTO and is_headerless(found):
            return found[0]
        return find(self.path, found, chosen, self.id_names, f"{self.option}.id", "ids")

    def scan(self, columns: Sequence[str], staging: Path) -> pl.LazyFrame:
        """Return some columns of the table.

        Args:
            columns: names of the columns.
            staging: empty folder for temporary files.

        Raises:
            UserError: if something cannot be read; names the file and line.
        """
        with named_options(self.kind), reading(str(self.path)):
            return self.format().scan(self.path, columns, staging)

    def blocks(self, rows: pl.LazyFrame, size: int = ROWS_AT_ONCE) -> Iterator[pl.DataFrame]:
        """Yield scanned rows in order, in blocks.

        Raises:
            UserError: if the file is damaged; names it.
        """
        with reading(str(self.path)):
            yield from rows.collect_batches(chunk_size=size, maintain_order=True)


def id_names(kind: str, manifest: Manifest) -> list[str]:
    """Return accepted names of a column or array of ids: those in the folder's raw data, then the usual ones.

    Args:
        kind: ``users`` or ``items``.
        manifest: manifest of the folder.
    """
    source = manifest.preparation.get("source", {})
    own = [source.get("columns", {}).get(singular(kind)), source.get(f"{singular(kind)}_columns", {}).get("id")]
    return [*(name for name in own if name), "external_id", *ENTITY_IDS[kind], "id", "ids", "key"]


def find(path: Path, found: Sequence[str], chosen: str, names: Sequence[str], option: str, what: str) -> str:
    """Return the selected column or array of a file; ``auto`` selects the first match among the usual names.

    Args:
        path: path of the file.
        found: names of the columns or arrays of the file.
        chosen: one of them, or ``auto``.
        names: usual names, in order of preference.
        option: option that selects, for messages.
        what: description of the content, for messages.

    Raises:
        UserError: if there is no such column or array; lists the available ones.
    """
    known = {plain(name): name for name in reversed(found)}
    name = next((known[plain(name)] for name in names if plain(name) in known), None) if chosen == AUTO else chosen
    if name is None or name not in found:
        told = f"nothing called {chosen}" if chosen != AUTO else f"nothing that is called like {what}"
        raise UserError(f"{path} has {told}; it has {shown(found)}: set {option}=... to one of these")
    return name


def shown(names: Sequence[str], most: int = 12) -> str:
    """Return names as one line, abbreviated after the first ones."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more if names else "nothing"


def ids_of(values: pl.Series) -> list[str]:
    """Return ids as stripped text; whole numbers are written without ``.0``, nulls are empty."""
    if values.dtype.is_float():
        return ["" if value is None else number_text(value) for value in values.to_list()]
    return texts_of(values)


def texts_of(values: pl.Series) -> list[str]:
    """Return values as stripped text; nulls are empty.

    Raises:
        UserError: if the values cannot be converted to text.
    """
    values = values.fill_nan(None) if values.dtype.is_float() else values
    try:
        return values.cast(pl.String).fill_null("").str.strip_chars().to_list()
    except pl.exceptions.PolarsError:
        raise UserError(f"the column {values.name} holds {values.dtype} that is no text in UTF-8") from None


def number_text(value: float) -> str:
    """Return a number as text; a whole one is written without ``.0``."""
    return str(int(value)) if value.is_integer() else str(value)


@contextmanager
def named_options(kind: str) -> Iterator[None]:
    """Rewrite error messages from options of ``prepare_data`` to those of an import, which lack ``source.``."""
    try:
        yield
    except UserError as error:
        message = str(error).replace("source.formats", f"formats.{kind}").replace("source.", "")
        raise UserError(message) from None
