"""Studies: sweeps whose runs have fixed folders, so that they can be stopped and resumed."""

from typing import Any

from rlmrec.common.errors import UserError
from rlmrec.options.dotted import dotted, within
from rlmrec.runs.folder import RunFolder

FREE = (
    "logger",
    "resume",
    "tags",
    "names.tags",
    "on_failure",
    "trust",
    "evaluation.metrics",
    "evaluation.list_metrics",
)
"""Options that do not change the results of a run."""
SHOWN = 5


def is_finished(folder: RunFolder, options: dict[str, Any]) -> bool:
    """Return whether a run of a study has results, after checking that the folder's run has the same options.

    Options of a start without a checkpoint are not checked, since nothing was learned under them.

    Args:
        folder: folder of the run, locked by the caller.
        options: the resolved configuration as plain containers.

    Raises:
        UserError: if the folder holds results or checkpoints of a run with other options.
    """
    if folder.metrics.exists() or folder.last.exists():
        _refuse_other_options(folder, options)
    return folder.metrics.exists()


def _refuse_other_options(folder: RunFolder, options: dict[str, Any]) -> None:
    before, now = map(_by_name, (folder.options(), options))
    differing = [name for name in sorted(before | now) if before.get(name) != now.get(name)]
    shown = [f"{name}={now.get(name)} (there {before.get(name)})" for name in differing if not within(name, FREE)]
    if shown:
        more = f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
        raise UserError(
            f"{folder.path} holds a run with other options: {', '.join(shown[:SHOWN])}{more}; "
            "choose another study=NAME, or remove that folder"
        )


def _by_name(options: dict[str, Any]) -> dict[str, Any]:
    """Return options and empty option groups by dotted name."""
    return {name: value for name, value in dotted(options) if value == {} or not isinstance(value, dict)}
