"""Studies: sweeps whose cells have fixed folders, so that a sweep can be stopped and gone on with."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rlmrec.errors import UserError
from rlmrec.runs.folder import RunFolder

FREE = ("logger", "resume", "tags", "names.tags")
"""Options that change nothing in the results of a run."""
SHOWN = 5


def is_finished(folder: RunFolder, options: dict[str, Any]) -> bool:
    """Whether a cell has its results; what an earlier start left in the folder will be gone on with.

    Options of a start that left no checkpoint do not matter: nothing was learned under them.

    Args:
        folder: of the cell, locked.
        options: the resolved configuration as plain containers.

    Raises:
        UserError: if the folder holds results or checkpoints of other options.
    """
    if folder.metrics.exists() or folder.last.exists():
        _refuse_other_options(folder, options)
    return folder.metrics.exists()


def stored_metric(folder: RunFolder, name: str) -> float:
    """A metric that a finished run recorded.

    Raises:
        UserError: if its results are damaged or lack it.
    """
    try:
        return float(json.loads(folder.metrics.read_text("utf-8"))["metrics"][name])
    except (ValueError, KeyError, TypeError):
        raise UserError(
            f"{folder.metrics} is damaged or lacks {name}: remove the cell's folder to run it anew"
        ) from None


def _refuse_other_options(folder: RunFolder, options: dict[str, Any]) -> None:
    before, now = (dict(_leaves(tree)) for tree in (folder.options(), options))
    differing = [name for name in sorted(before | now) if before.get(name) != now.get(name)]
    told = [f"{name}={now.get(name)} (there {before.get(name)})" for name in differing if not _is_free(name)]
    if told:
        more = f" and {len(told) - SHOWN} more" if len(told) > SHOWN else ""
        raise UserError(
            f"{folder.path} holds a run with other options: {', '.join(told[:SHOWN])}{more}; "
            "choose another study=NAME, or remove that folder"
        )


def _is_free(name: str) -> bool:
    return any(name == free or name.startswith(f"{free}.") for free in FREE)


def _leaves(node: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict) and node:
        for key, value in node.items():
            yield from _leaves(value, f"{name}.{key}" if name else str(key))
    else:
        yield name, node


def cell_name(dataset: str, backbone: str, align: str, seed: int, varied: Sequence[tuple[str, Any]]) -> str:
    """A readable folder name that follows from the options of a cell alone, such as ``yelp-sgl-none-noise_0.1-seed_1``.

    Args:
        dataset: its name, or the folder it is in.
        backbone: chosen backbone.
        align: chosen alignment.
        seed: of the run.
        varied: names and values of all other options that tell cells apart.
    """
    others = [f"{name.rpartition('.')[2]}_{_plain(value)}" for name, value in sorted(varied, key=lambda pair: pair[0])]
    return "-".join([_plain(dataset), backbone, align, *others, f"seed_{seed}"])


def _plain(value: Any) -> str:
    """A value as part of a file name: the last part of a path, and no characters that shells or Hydra would read."""
    text = f"{value:g}" if isinstance(value, float) else Path(str(value)).name  # 0.0 and 0 are the same option
    return "".join(character if character.isalnum() or character in "._" else "_" for character in text)
