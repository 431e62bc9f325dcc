"""The append-only store of answers, so that none is lost or paid for twice."""

import os
import time
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, ValidationError

from rlmrec.common.bounded.folders import refuse_special_files
from rlmrec.common.errors import UserError
from rlmrec.profiles.budget import Currency, Prices
from rlmrec.profiles.request import Kind

FILE = Path("profiles", "answers.jsonl")
UNDER_WAY = "under_way.txt"
SECONDS_BETWEEN_SYNCS = 1.0

Money = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Record(BaseModel):
    """A stored answer, or the failure of an entity.

    Args:
        key: key of the request: SHA-256 of prompt, model and parameters.
        kind: kind of the entity.
        id: id of the entity.
        text: text of the answer; None for a failure.
        prompt_tokens: number of tokens sent, counted by the endpoint or estimated.
        completion_tokens: number of tokens received, counted by the endpoint or estimated.
        estimated: whether the numbers of tokens are estimates.
        cost: cost of the answer.
        uncertain: maximum additional cost, if the endpoint did not count tokens or respond.
        currency: currency of both.
        withheld: items in the prompt without their profile.
        error: reason why the entity failed, or why a paid answer has no text.
        voids: keys of answers that a failure invalidates, so that a new run repeats the requests.
        line: SHA-256 of the line of a batch result, which is paid for once even if it is read repeatedly.
    """

    model_config = ConfigDict(extra="forbid")

    key: str
    kind: Kind
    id: int
    text: str | None = None
    prompt_tokens: NonNegativeInt = 0
    completion_tokens: NonNegativeInt = 0
    estimated: bool = False
    cost: Money = 0.0
    uncertain: Money = 0.0
    currency: Currency | Literal[""] = ""
    withheld: tuple[int, ...] = ()
    error: str | None = None
    voids: tuple[str, ...] = ()
    line: str = ""


class AnswerStore:
    """A store of answers by key, one JSON record per line; must be opened under the lock of the folder.

    A record is appended with a single write before anything else happens with the answer. It then survives the death of
    the process, since the operating system holds it; only a crash of the machine could lose it. The file is synced once
    a second instead of for every answer, which would take longer than a fast endpoint, so such a crash loses at most
    the answers of one second.

    The maximum cost of requests in progress is kept in a file next to it, which remains if the process is killed.

    Args:
        folder: path of the dataset folder, or of another folder that the answers belong to.
        file: path of the file of answers, relative to the folder.
    """

    def __init__(self, folder: Path, file: Path = FILE) -> None:
        self.path = folder / file
        self.answers: dict[str, Record] = {}
        self.spent = 0.0
        self.uncertain = 0.0
        self.currency = ""
        self.lines: set[str] = set()
        self.withheld: dict[int, set[tuple[int, ...]]] = {}
        self._left_behind = 0.0
        self._file = -1
        self._synced = 0.0

    def __enter__(self) -> "AnswerStore":
        """Open and read the store, and repair a truncated record.

        Raises:
            UserError: if a line is damaged, or a link points elsewhere.
        """
        self.path.parent.mkdir(exist_ok=True)
        refuse_special_files(self.path.parent)
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
            self._read()
            self._read_left_behind()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file >= 0:
            os.fsync(self._file)
            os.close(self._file)
            self._file = -1

    def append(self, record: Record) -> None:
        """Append a record.

        Raises:
            UserError: if it cannot be written; the store is left unchanged.
        """
        line = record.model_dump_json(exclude_defaults=True).encode() + b"\n"
        size = os.fstat(self._file).st_size
        try:
            complete = os.write(self._file, line) == len(line)
        except OSError:
            complete = False
        if not complete:
            os.ftruncate(self._file, size)
            raise UserError(f"{self.path} could not be written: is the disk full?")
        self._take(record)
        if time.monotonic() - self._synced > SECONDS_BETWEEN_SYNCS:
            os.fsync(self._file)
            self._synced = time.monotonic()

    def set_aside(self, amount: float) -> None:
        """Write the maximum cost of the requests in progress."""
        path = self.path.with_name(UNDER_WAY)
        try:
            number = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
            with os.fdopen(number, "wb", buffering=0) as file:
                file.write(b"%.12e\n" % (self._left_behind + amount))  # one short write: never a partial number
        except OSError as error:
            raise UserError(f"{path} could not be written: {error.strerror}") from None

    def _read_left_behind(self) -> None:
        path = self.path.with_name(UNDER_WAY)
        try:
            amount = float(path.read_bytes()[:40]) if path.exists() else 0.0
        except ValueError:
            amount = float("nan")
        if not 0 <= amount < float("inf"):
            raise UserError(f"{path} holds no amount of money: remove it")
        self._left_behind = amount
        self.uncertain += amount

    def refuse_other_currency(self, prices: Prices) -> None:
        """Refuse to add up costs in two currencies.

        Raises:
            UserError: if the currencies differ; names that of the store.
        """
        if prices.prompt + prices.completion and self.currency not in ("", prices.currency):
            raise UserError(
                f"{self.path} holds costs in {self.currency}: give the prices in {self.currency} too, and "
                f"llm.currency={self.currency}"
            )

    def cost(self, prices: Prices) -> str:
        """Return a description of the cost of all answers, in the currency of the store or else of the prices."""
        prices = replace(prices, currency=self.currency or prices.currency)
        more = f", and at most {prices.shown(self.uncertain)} for what was not counted or answered"
        return prices.shown(self.spent) + (more if self.uncertain else "")

    def _read(self) -> None:
        content = self.path.read_bytes()
        *lines, rest = content.split(b"\n")
        for number, line in enumerate(lines, 1):
            try:
                self._take(Record.model_validate_json(line))
            except ValidationError:
                raise UserError(
                    f"{self.path}, line {number} is not a record: remove the line, and its entity will be asked again"
                ) from None
        if rest:
            self._mend(rest, len(content))

    def _mend(self, rest: bytes, size: int) -> None:
        """Complete a last record that lacks only its line end; otherwise remove the fragment."""
        try:
            record = Record.model_validate_json(rest)
        except ValidationError:
            os.ftruncate(self._file, size - len(rest))
        else:
            os.write(self._file, b"\n")
            self._take(record)

    def _take(self, record: Record) -> None:
        self.spent += record.cost
        self.uncertain += record.uncertain
        self.currency = record.currency or self.currency
        self.lines.add(record.line)
        for key in record.voids:
            self.answers.pop(key, None)
        if record.text is not None:
            self.answers[record.key] = record
            if record.kind == "user":
                self.withheld.setdefault(record.id, set()).add(record.withheld)
