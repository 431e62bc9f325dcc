"""Refusals of requests in a stored configuration, with the trust that would allow each one."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from rlmrec.common.config_files import CONFIG_FOLDER
from rlmrec.runs.allowed_targets import LOCAL, is_allowed, is_trusted, may_be_partial, trusted_by

TARGET, PARTIAL = "_target_", "_partial_"
OWN = "rlmrec."
ADDRESS = "://"
PLACE = re.compile(r"(^|_)(dir|dirpath|path|root|location|uri|url)$")
"""Pattern for parameters of library classes that specify where files are written."""


class Refusal(NamedTuple):
    """A request of a configuration that is not allowed.

    Args:
        asked: description of the request, to follow the name of the configuration.
        trust: name that must be trusted to allow it; None if it can never be allowed.
    """

    asked: str
    trust: str | None = None


def refusals(options: dict[str, Any], trust: Sequence[str] = ()) -> Iterator[Refusal]:
    """Yield requests in options that go beyond the project's own code, allowed library classes and what is trusted.

    Args:
        options: a configuration as plain containers.
        trust: packages whose classes may be named, and addresses and folders that library classes may use.
    """
    for node in _nodes(options):
        hydra_keys = {key for key in node if isinstance(key, str) and re.fullmatch("_.*_", key)}
        if not hydra_keys:
            continue
        target = node.get(TARGET)
        if not isinstance(target, str) or not isinstance(node.get(PARTIAL, False), bool):
            yield Refusal(f"has {', '.join(sorted(hydra_keys))} without the name of a class")
            continue
        yield from _of_target(target, node, hydra_keys, trust)


def _of_target(target: str, node: dict[Any, Any], hydra_keys: set[str], trust: Sequence[str]) -> Iterator[Refusal]:
    unusual = sorted(hydra_keys - {TARGET, PARTIAL}) + [repr(key) for key in node if not isinstance(key, str)]
    if unusual:
        yield Refusal(f"gives {target} the key {unusual[0]}, which no run stores")
    if not is_allowed(target, trust):
        yield Refusal(f"asks for {target}, which is not part of this project", trusted_by(target))
        return
    if node.get(PARTIAL) and not may_be_partial(target, trust):
        yield Refusal(f"asks for {target} with {PARTIAL}, which no run stores", trusted_by(target))
    if is_trusted(target, trust):
        return
    for name, text in _texts(node):
        if ADDRESS in text and not is_known_address(text, trust):
            yield Refusal(f"lets {target} use the address {text}", text)
        elif not target.startswith(OWN) and _is_place(name, text) and not _is_below(text, trust):
            yield Refusal(f"lets {target} use the place {name}={text}", None if _climbs(text) else text)


def is_known_address(text: str, trust: Sequence[str]) -> bool:
    """Return whether an address occurs in the packaged configuration files, or is at or below a trusted one."""
    return text in packaged_addresses() or _is_below(text, [address for address in trust if ADDRESS in address])


@cache
def packaged_addresses() -> frozenset[str]:
    """Return the addresses in the packaged configuration files."""
    paths = [path for path in Path(CONFIG_FOLDER).rglob("*.yaml") if path.relative_to(CONFIG_FOLDER).parts[0] != LOCAL]
    texts = (path.read_text("utf-8") for path in paths)
    return frozenset(found for text in texts for found in re.findall(r"^\s*\w+: *(\w+://\S+)", text, re.MULTILINE))


def _is_below(text: str, trusted: Sequence[str]) -> bool:
    """Return whether an address or folder equals a trusted one or lies below it."""
    known = [place.rstrip("/") for place in trusted]
    return not _climbs(text) and any(text == place or text.startswith(f"{place}/") for place in known if place)


def _is_place(name: str, text: str) -> bool:
    """Return whether an argument specifies where to write, or would lead out of a folder if used as a path."""
    return bool(PLACE.search(name)) or text.startswith(("/", "~")) or _climbs(text)


def _climbs(text: str) -> bool:
    """Return whether a path cannot be resolved from its text alone: it has ``..`` or a variable."""
    return "$" in text or ".." in PurePosixPath(text).parts


def _texts(node: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield all strings in a node with the names of their parameters, except those in nested targets."""
    if isinstance(node, dict):
        for key, value in node.items():
            if not (isinstance(value, dict) and TARGET in value) and key != TARGET:
                yield from _texts(value, str(key))
            if ADDRESS in str(key):
                yield name, str(key)
    elif isinstance(node, list):
        for part in node:
            if not (isinstance(part, dict) and TARGET in part):
                yield from _texts(part, name)
    elif isinstance(node, str):
        yield name, node


def _nodes(node: Any) -> Iterator[dict[Any, Any]]:
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            yield from _nodes(part)
