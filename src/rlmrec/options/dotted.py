"""Access to nested options by dotted names, as on the command line."""

from collections.abc import Iterator, Mapping
from typing import Any


def dotted(options: Mapping[Any, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every option and group with its dotted name, each group before its content.

    Args:
        options: options as plain containers.
        prefix: prefix of the names, such as ``backbone.``.

    Examples:
        >>> list(dotted({"seed": 1, "backbone": {"num_layers": 3}}))
        [('seed', 1), ('backbone', {'num_layers': 3}), ('backbone.num_layers', 3)]
    """
    for key, value in options.items():
        name = f"{prefix}{key}"
        yield name, value
        if isinstance(value, Mapping):
            yield from dotted(value, f"{name}.")


def leaves(options: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    """Yield every option with its dotted name, but no groups."""
    return ((name, value) for name, value in dotted(options) if not isinstance(value, Mapping))


def within(name: str, groups: tuple[str, ...]) -> bool:
    """Return whether a dotted name equals one of the groups or lies below one."""
    return any(name == group or name.startswith(f"{group}.") for group in groups)
