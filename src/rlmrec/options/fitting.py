"""Checks by type hints that a target yields what a parameter expects, without calling it."""

import inspect
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints


def fits(made: Any, is_partial: bool, hint: Any) -> bool:
    """Return whether the result of a target fits a type hint; unknown types always fit.

    Args:
        made: class or function that the target names.
        is_partial: whether the target has ``_partial_: true``, so that the code calls it later.
        hint: type hint of the parameter.
    """
    choices = alternatives(hint)
    if len(choices) > 1:
        return any(fits(made, is_partial, choice) for choice in choices)
    hint = choices[0]
    if _is_open(hint):
        return True
    if (get_origin(hint) or hint) is Callable:
        result = (get_args(hint) or (Any,))[-1]
        return _gives(made, result) if is_partial else _is_callable_once_made(made)
    return not is_partial and _gives(made, hint)


def lacks_partial(made: Any, hint: Any) -> bool:
    """Return whether a target needs ``_partial_: true``, because the parameter expects a factory of such objects.

    Args:
        made: class or function that the target names.
        hint: type hint of the parameter.
    """
    if _is_open(made if inspect.isclass(made) else _returned(made)):
        return False
    results = [(get_args(kind) or (Any,))[-1] for kind in alternatives(hint) if (get_origin(kind) or kind) is Callable]
    return any(not _is_open(result) and _gives(made, result) for result in results)


def alternatives(hint: Any) -> tuple[Any, ...]:
    """Return the members of a union, or the hint itself, without ``Annotated`` metadata."""
    if get_origin(hint) is Annotated:
        return alternatives(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType):
        return tuple(inner for choice in get_args(hint) for inner in alternatives(choice))
    return (hint,)


def element_hint(hint: Any, container: type) -> Any:
    """Return the type hint of the values in a mapping or list, or Any if the hint does not specify it.

    Args:
        hint: type hint of the container.
        container: ``dict`` or ``list``.
    """
    wanted = Mapping if container is dict else Iterable
    for choice in alternatives(hint):
        origin, arguments = get_origin(choice), get_args(choice)
        if inspect.isclass(origin) and issubclass(origin, wanted) and arguments:
            if container is dict and len(arguments) == 2:
                return arguments[1]
            if container is list and not issubclass(origin, Mapping) and arguments[1:] in ((), (...,)):
                return arguments[0]
    return Any


def _is_open(hint: Any) -> bool:
    """Return whether a hint does not constrain the type."""
    return hint in (Any, object, inspect.Parameter.empty) or isinstance(hint, str | TypeVar)


def _gives(made: Any, hint: Any) -> bool:
    """Return whether calling a class or function yields an object that fits a hint."""
    result = made if inspect.isclass(made) else _returned(made)
    for choice in alternatives(hint):
        kind = get_origin(choice) or choice
        if _is_open(choice) or _is_open(result):
            return True
        if kind is Literal or not inspect.isclass(kind):
            continue
        parts = [get_origin(part) or part for part in alternatives(result)]
        if any(inspect.isclass(part) and _is_kind_of(part, kind) for part in parts):
            return True
    return False


def _is_kind_of(made: type, kind: type) -> bool:
    """Return whether a class is a subclass of another, or has all public members of a protocol."""
    if getattr(kind, "_is_protocol", False):
        return all(hasattr(made, name) for name in vars(kind) if not name.startswith("_"))
    return issubclass(made, kind)


def _returned(function: Any) -> Any:
    """Return the return type hint of a function, or Any if it has none."""
    try:
        return get_type_hints(inspect.unwrap(function)).get("return", Any)
    except (NameError, TypeError, AttributeError):
        return Any


def _is_callable_once_made(made: Any) -> bool:
    """Return whether the result of a class or function is itself callable."""
    result = made if inspect.isclass(made) else _returned(made)
    kind = get_origin(result) or result
    return _is_open(kind) or kind is Callable or (inspect.isclass(kind) and "__call__" in _defined(kind))


def _defined(kind: type) -> set[str]:
    """Return the names that a class and its bases define, without those of its metaclass."""
    return {name for base in kind.__mro__ for name in vars(base)}
