"""What a stored configuration may not ask for, and whose trust would allow it."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from rlmrec.common.config_files import CONFIG_FOLDER
from rlmrec.runs.allowed_targets import LOCAL, is_allowed, is_trusted, may_be_partial

TARGET, PARTIAL = "_target_", "_partial_"
OWN = "rlmrec."
ADDRESS = "://"
PLACE = re.compile(r"(^|_)(dir|dirpath|path|root|location|uri|url)$")
"""Names of parameters of libraries that say where something is written."""


class Refusal(NamedTuple):
    """Something that a configuration asks for.

    Args:
        asked: what it is, to follow the name of the configuration.
        trust: what would have to be trusted; None where nothing allows it.
    """

    asked: str
    trust: str | None = None


def refusals(options: dict[str, Any], trust: Sequence[str] = ()) -> Iterator[Refusal]:
    """Yield what options ask for beyond the project's own code, libraries' parts, and what is trusted.

    Args:
        options: a configuration as plain containers.
        trust: packages whose classes may be named, and addresses from which may be fetched.
    """
    for node in _nodes(options):
        hydra_keys = {key for key in node if isinstance(key, str) and re.fullmatch("_.*_", key)}
        if not hydra_keys:
            continue
        target = node.get(TARGET)
        if not isinstance(target, str) or not isinstance(node.get(PARTIAL, False), bool):
            yield Refusal(f"has {', '.join(sorted(hydra_keys))} of a wrong type")
            continue
        yield from _of_target(target, node, hydra_keys, trust)


def _of_target(target: str, node: dict[Any, Any], hydra_keys: set[str], trust: Sequence[str]) -> Iterator[Refusal]:
    package = target.partition(".")[0]
    unusual = sorted(hydra_keys - {TARGET, PARTIAL}) + [repr(key) for key in node if not isinstance(key, str)]
    if unusual:
        yield Refusal(f"gives {target} the key {unusual[0]}, which no run stores")
    if not is_allowed(target, trust):
        yield Refusal(f"asks for {target}, which is not part of this project", package)
        return
    if node.get(PARTIAL) and not may_be_partial(target, trust):
        yield Refusal(f"asks for {target} with {PARTIAL}, which no run stores", package)
    if is_trusted(target, trust):
        return
    for name, text in _texts(node):
        if ADDRESS in text and not is_known_address(text, trust):
            yield Refusal(f"lets {target} use the address {text}", text)
        elif not target.startswith(OWN) and (PLACE.search(name) or _leads_elsewhere(text)):
            yield Refusal(f"lets {target} use the place {name}={text}", package)


def is_known_address(text: str, trust: Sequence[str]) -> bool:
    """Return whether an address is among those in the packaged configuration files, or below a trusted one."""
    trusted = [address.rstrip("/") for address in trust if ADDRESS in address]
    return text in packaged_addresses() or any(text == known or text.startswith(f"{known}/") for known in trusted)


@cache
def packaged_addresses() -> frozenset[str]:
    """Return the addresses in the packaged configuration files."""
    paths = [path for path in Path(CONFIG_FOLDER).rglob("*.yaml") if path.relative_to(CONFIG_FOLDER).parts[0] != LOCAL]
    texts = (path.read_text("utf-8") for path in paths)
    return frozenset(found for text in texts for found in re.findall(r"^\s*\w+: *(\w+://\S+)", text, re.MULTILINE))


def _leads_elsewhere(text: str) -> bool:
    """Return whether a text, taken for a path, would lead out of the folder that it is relative to."""
    return text.startswith(("/", "~")) or "$" in text or ".." in PurePosixPath(text).parts


def _texts(node: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield all texts in a node with the names of their parameters, but those in other targets' nodes."""
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
