"""Validation of options against the type hints of the code they configure, before any work is done."""

import inspect
import json
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, get_type_hints

from hydra.errors import InstantiationException
from hydra.utils import instantiate
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError

from rlmrec.common.errors import UserError
from rlmrec.options.fitting import alternatives, element_hint, fits, lacks_partial
from rlmrec.options.wrong_values import reason_of

TARGET = "_target_"
OWN = "rlmrec."
TYPES = ConfigDict(arbitrary_types_allowed=True, allow_inf_nan=False)


def validate_options(options: dict[str, Any], *taken_by: Callable[..., Any]) -> None:
    """Check every value below a ``_target_`` against the type hint of the parameter it will be passed to.

    A value that is itself a target must yield an object that the parameter accepts.

    Args:
        options: a resolved configuration as plain containers.
        taken_by: functions that take the top-level options, if any; of equal parameter names, the last one counts.

    Raises:
        UserError: if options are unknown, of a wrong type or out of range; the message names them all.
    """
    hints = {name: hint for function in taken_by for name, hint in _hints(function).items()}
    problems = list(_problems(options, "", hints))
    if problems:
        raise UserError("; ".join(problems))


def _problems(node: dict[Any, Any], path: str, hints: dict[str, Any]) -> Iterator[str]:
    unknown: set[str] = set()
    if TARGET in node:
        made = _made(node[TARGET], path)
        hints, unknown = _hints(made), _unknown(made, node)
    for key, value in node.items():
        name = f"{path}.{key}" if path else str(key)
        if key in unknown:
            yield f"{name}={value!r}: {node[TARGET].rpartition('.')[2]} has no such option"
        else:
            yield from _value_problems(value, name, hints.get(key, Any))


def _value_problems(value: Any, name: str, hint: Any) -> Iterator[str]:
    """Yield the problems of a value and of everything nested in it."""
    if isinstance(value, dict) and TARGET in value:
        made, is_partial = _made(value[TARGET], name), value.get("_partial_") is True
        if inspect.isabstract(made):
            yield f"{name}._target_={value[TARGET]} lacks {', '.join(sorted(made.__abstractmethods__))}"
        if not is_partial and lacks_partial(made, hint):
            yield f"{name}._target_={value[TARGET]}: add _partial_: true beside it"
        elif not fits(made, is_partial, hint):
            later = " with _partial_" if is_partial else ""
            yield f"{name}._target_={value[TARGET]}{later}: this option takes {_shown(hint)}"
        yield from _problems(value, name, {})
    elif hint is not Any and not _holds_target(value):
        yield from _mismatch(name, value, hint)
    elif isinstance(value, dict):
        inner = element_hint(hint, dict)
        yield from _problems(value, name, dict.fromkeys(value, inner))
    elif isinstance(value, list):
        inner = element_hint(hint, list)
        for number, part in enumerate(value):
            yield from _value_problems(part, f"{name}.{number}", inner)


def _holds_target(value: Any) -> bool:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return (isinstance(value, dict) and TARGET in value) or any(map(_holds_target, parts))


def _shown(hint: Any) -> str:
    """Return a type hint as text, without module names."""
    names = [choice.__name__ if inspect.isclass(choice) else str(choice) for choice in alternatives(hint)]
    return re.sub(r"\b(?:\w+\.)+(?=\w)", "", " or ".join(names))


def _made(target: Any, path: str) -> Any:
    """Return the class or function that a target names.

    Raises:
        UserError: if it cannot be found, or is not callable.
    """
    module, _, name = str(target).rpartition(".")
    try:
        made = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise UserError(f"{path}._target_={target} cannot be found: {error}") from None
    if not callable(made):
        raise UserError(f"{path}._target_={target} is neither a class nor a function")
    return made


def _hints(made: Any) -> dict[str, Any]:
    """Return the type hints of a class's constructor or of a function; none if they cannot be evaluated.

    A constructor with ``**kwargs`` is taken to pass them to the constructor of its base class.
    """
    functions = [made]
    if inspect.isclass(made):
        functions = [made.__init__]
        if _takes_any(made):
            functions = [vars(base)["__init__"] for base in reversed(made.__mro__) if "__init__" in vars(base)]
    found: dict[str, Any] = {}
    for function in functions:
        try:
            found |= get_type_hints(inspect.unwrap(function), include_extras=True)
        except (NameError, TypeError):
            continue
    return {name: hint for name, hint in found.items() if name not in ("return", "kwargs")}


def _takes_any(made: Any) -> bool:
    try:
        parameters = inspect.signature(made).parameters.values()
    except (ValueError, TypeError):  # some classes written in C
        return True
    return any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)


def _unknown(made: Any, options: dict[str, Any]) -> set[str]:
    """Return the options that a class or function does not accept, ignoring Hydra's own, which begin with ``_``."""
    taken = _taken(made)
    return set() if taken is None else {name for name in options if not str(name).startswith("_")} - taken


def _taken(made: Any) -> set[str] | None:
    """Return the options that a class or function accepts; None if it accepts any.

    A class of this project passes ``**kwargs`` to its base class; classes of libraries may use them in any way, as
    ``DDPStrategy`` does.
    """
    if not _takes_any(made):
        return set(inspect.signature(made).parameters)
    taken: set[str] = set()
    for base in made.__mro__ if inspect.isclass(made) and made.__module__.startswith(OWN) else ():
        if "__init__" in vars(base) and base is not object:
            parameters = inspect.signature(vars(base)["__init__"]).parameters
            taken |= parameters.keys()
            if all(parameter.kind is not parameter.VAR_KEYWORD for parameter in parameters.values()):
                return taken
    return None


def _mismatch(name: str, value: Any, hint: Any) -> Iterator[str]:
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(hint, config=TYPES)
    except PydanticUserError:  # the hint has its own configuration, or pydantic cannot handle it
        return
    try:
        # As JSON, in which a list may represent a tuple; strict, since values are passed on unconverted.
        adapter.validate_json(json.dumps(value, default=repr), strict=True)
    except ValidationError as error:
        yield f"{name}={value!r}: {reason_of(error.errors())}"


def instantiate_parts(options: dict[str, Any], *taken_by: Callable[..., Any]) -> Any:
    """Validate options and return the objects that they describe, by name, or the one object that they describe.

    Args:
        options: a resolved configuration as plain containers.
        taken_by: see ``validate_options``.

    Raises:
        UserError: if options are unknown, of a wrong type or out of range; the message names them all.
    """
    validate_options(options, *taken_by)
    try:
        return instantiate(options, _convert_="all")
    except InstantiationException as error:
        if isinstance(error.__cause__, UserError):
            raise error.__cause__ from None  # clearer without Hydra's wrapping message
        raise
