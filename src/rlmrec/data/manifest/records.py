"""Types of the manifest fields that are read again; other fields may hold anything."""

from typing import Annotated, Any, Literal, NotRequired, Required  # as pydantic requires before Python 3.12

from pydantic import AfterValidator, ConfigDict, GetPydanticSchema, with_config
from typing_extensions import TypedDict

from rlmrec.common.bounded.values import refuse_text


def _line(text: str) -> str:
    """Return a text that is safe to print in a terminal.

    Raises:
        ValueError: if it is long, or holds control characters.
    """
    refuse_text(text)
    return text


Line = Annotated[str, AfterValidator(_line)]
Kind = Literal["users", "items"]
OPEN = ConfigDict(extra="allow")


class _Counts(TypedDict):
    users: int
    items: int


class _Sizes(_Counts):
    interactions: int


@with_config(OPEN)
class _RawInteractions(TypedDict):
    records: int
    known: dict[Line, int]
    unreadable: dict[Line, int]
    rating: NotRequired[list[float | int | Line] | None]
    timestamp: NotRequired[list[float | int | Line] | None]
    weight: NotRequired[list[float | int | Line] | None]


@with_config(OPEN)
class _Joined(TypedDict):
    records: int
    repeated: int
    wanted: int
    joined: int
    unused: int


class _Found(TypedDict):
    interactions: _RawInteractions
    users: NotRequired[_Joined | None]
    items: NotRequired[_Joined | None]


@with_config(OPEN)
class _Source(TypedDict, total=False):
    found: _Found
    columns: dict[str, Any]
    user_columns: dict[str, Any]
    item_columns: dict[str, Any]


@with_config(OPEN)
class _Filter(TypedDict):
    filter: Line
    before: _Sizes
    after: _Sizes
    share: NotRequired[float | int | None]


@with_config(OPEN)
class _Split(TypedDict):
    kind: Line
    without_training: _Counts
    interactions_moved_to_training: int
    interactions_dropped: int
    shares: NotRequired[list[float | int] | None]


@with_config(OPEN)
class _Preparation(TypedDict, total=False):
    source: _Source
    filters: list[_Filter]
    split: _Split


@with_config(OPEN)
class _Imported(TypedDict, total=False):
    origin: Required[Line]


@with_config(OPEN)
class _Texts(TypedDict, total=False):
    imported: dict[Kind, _Imported]
    mean_vectors: dict[Kind, int]
    mean_rows: dict[Kind, int]


def _shaped(shape: type) -> GetPydanticSchema:
    """Return a schema by which pydantic validates a dict as a ``TypedDict`` while its annotation stays ``dict``."""
    return GetPydanticSchema(lambda _, handler: handler(shape))


PreparationRecord = Annotated[dict[str, Any], _shaped(_Preparation)]
"""How the raw files became the dataset: source, filters and split."""
TextRecord = Annotated[dict[str, Any], _shaped(_Texts)]
"""How profiles or embeddings were made, or where they were imported from."""
