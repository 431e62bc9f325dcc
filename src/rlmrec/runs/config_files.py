"""Where the configuration files are, which choices they offer, and what code they name."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from rlmrec.errors import UserError

CONFIG_FOLDER = str(Path(__file__).parents[3] / "conf")
TRUSTED = ("rlmrec.", "torch.optim.")


def choices(group: str) -> list[str]:
    """The choices of a group, in alphabetical order."""
    return sorted(path.stem for path in Path(CONFIG_FOLDER, group).glob("*.yaml"))


def preset_file(name: str, sources: Iterable[Any]) -> Path | None:
    """The file of a preset, the first on Hydra's search path; None if there is none.

    Args:
        name: of the preset.
        sources: ``hydra.runtime.config_sources``.
    """
    folders = (Path(source.path, "preset") for source in sources if source.schema == "file")
    files = (folder / f"{name}.yaml" for folder in folders)
    return next((file for file in files if file.is_file()), None)


def refuse_foreign_targets(options: dict[str, Any], source: Path) -> None:
    """Stored options may come from somebody else: they may name only code that the project itself names.

    Args:
        options: a configuration as plain containers.
        source: where it comes from.

    Raises:
        UserError: names what it asks for beyond that.
    """
    own = {target for path in Path(CONFIG_FOLDER).rglob("*.yaml") for target in _named(path.read_text("utf-8"))}
    for target in _targets(options):
        if target not in own and not target.startswith(TRUSTED):
            raise UserError(f"{source} asks for {target}, which no file in {CONFIG_FOLDER} names: nothing was executed")


def _named(text: str) -> list[str]:
    return re.findall(r"_target_: *([\w.]+)", text)


def _targets(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "_target_" in node:
            yield str(node["_target_"])
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            yield from _targets(part)
