"""Validation of options by the type hints of the code they configure, before any work is done."""

import inspect
import json
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, get_type_hints

from hydra.errors import InstantiationException
from hydra.utils import instantiate
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError

from rlmrec.common.errors import UserError

TYPES = ConfigDict(arbitrary_types_allowed=True, allow_inf_nan=False)


def validate_options(options: dict[str, Any], taken_by: Callable[..., Any] | None = None) -> None:
    """Check every value under a ``_target_`` against the type hint of the parameter it will be passed to.

    Args:
        options: a resolved configuration as plain containers.
        taken_by: the function that takes the options at the top, if there is one.

    Raises:
        UserError: names every option of a wrong type or out of range.
    """
    problems = list(_problems(options, "", _hints(taken_by) if taken_by else {}))
    if problems:
        raise UserError("; ".join(problems))


def _problems(node: Any, path: str, hints: dict[str, Any]) -> Iterator[str]:
    if not isinstance(node, dict):
        return
    unknown: set[str] = set()
    if "_target_" in node:
        made = _made(node["_target_"], path)
        hints, unknown = _hints(made), _unknown(made, node)
    for key, value in node.items():
        name = f"{path}.{key}" if path else key
        if key in unknown:
            yield f"{name}={value!r}: {node['_target_'].rpartition('.')[2]} has no such option"
            continue
        if isinstance(value, dict) and "_target_" in value:
            yield from _problems(value, name, {})
        elif key in hints:
            yield from _mismatch(name, value, hints[key])
        else:
            yield from _problems(value, name, {})


def _made(target: str, path: str) -> Any:
    """Return the class or function that a target names.

    Raises:
        UserError: if there is none.
    """
    module, _, name = target.rpartition(".")
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise UserError(f"{path}._target_={target} cannot be found: {error}") from None


def _hints(made: Any) -> dict[str, Any]:
    """Return the type hints of a class's constructor or of a function; none where they cannot be evaluated."""
    function = made.__init__ if inspect.isclass(made) else made
    try:
        return get_type_hints(inspect.unwrap(function), include_extras=True)
    except (NameError, TypeError):
        return {}


def _unknown(made: Any, options: dict[str, Any]) -> set[str]:
    """Return the options that a class or function would not take; Hydra's own begin with an underscore."""
    parameters = inspect.signature(made).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return set()
    return {name for name in options if not name.startswith("_")} - parameters.keys()


def _mismatch(name: str, value: Any, hint: Any) -> Iterator[str]:
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(hint, config=TYPES)
    except PydanticUserError:  # the hint has its own configuration, or pydantic cannot handle it
        return
    try:
        # As JSON, in which a list may stand for a tuple; strictly, since values are passed on unconverted.
        adapter.validate_json(json.dumps(value, default=repr), strict=True)
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        yield f"{name}={value!r}: {reason[0].lower()}{reason[1:]}"


def instantiate_parts(options: dict[str, Any], taken_by: Callable[..., Any] | None = None) -> Any:
    """Validate options and return the objects that they describe, by name, or the one object that all describe.

    Args:
        options: a resolved configuration as plain containers.
        taken_by: as for ``validate_options``.

    Raises:
        UserError: names every option of a wrong type or out of range.
    """
    validate_options(options, taken_by)
    try:
        return instantiate(options, _convert_="all")
    except InstantiationException as error:
        # A constructor's own message is clearer without the text that Hydra puts around it.
        raise error.__cause__ if isinstance(error.__cause__, UserError) else error from error.__cause__
