"""Values of options: comparison and display."""

from collections.abc import Iterable, Sequence

Value = str | int | float | bool | None


def varying(options: Sequence[dict[str, Value]]) -> list[str]:
    """Return the names whose values differ; an absent value counts as None."""
    names = sorted({name for values in options for name in values})
    # 0 and 0.0 count as equal, true and 1 do not.
    return [
        name
        for name in names
        if len({(isinstance(values.get(name), bool), values.get(name)) for values in options}) > 1
    ]


def short(name: str, names: Iterable[str]) -> str:
    """Return the last part of a dotted name, or the whole name if the last part is ambiguous."""
    last = name.rpartition(".")[2]
    alone = sum(other.rpartition(".")[2] == last for other in names) < 2
    return last if alone and last not in ("root", "_target_") else name


def show(value: Value) -> str:
    """Return a value as on the command line, with up to six significant digits for floats."""
    if value is None:
        return "null"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
