"""Loggers from their options, those of Lightning included."""

import inspect
import re
from collections.abc import Callable, Mapping

from pytorch_lightning.loggers import Logger

from rlmrec.common.errors import UserError, one_line
from rlmrec.runs.description import RunDescription
from rlmrec.runs.folder import RunFolder


def make_loggers(
    makers: Mapping[str, Callable[..., Logger]], folder: RunFolder, description: RunDescription
) -> list[Logger]:
    """Return all loggers of a run, each made with those of these arguments that it takes and was not given.

    ``folder`` and ``description`` are those of the run. ``save_dir``, which loggers of Lightning take, is a folder in
    the run's folder, of the logger's name.

    Args:
        makers: by name.
        folder: of the run.
        description: names and seed of the run.

    Raises:
        UserError: if a logger needs a package that is not installed, or has an impossible name.
    """
    return [_made(name, make, folder, description) for name, make in makers.items()]


def _made(name: str, make: Callable[..., Logger], folder: RunFolder, description: RunDescription) -> Logger:
    if not re.fullmatch(r"\w[\w-]*", str(name), re.ASCII):  # it names a folder, maybe in a stranger's options
        raise UserError(f"a logger cannot be called {name!r}: name it by letters, digits, _ and -")
    offered = {"folder": folder, "description": description, "save_dir": str(folder.path / name)}
    given = getattr(make, "keywords", {})
    taken = {key: offered[key] for key in inspect.signature(make).parameters if key in offered and key not in given}
    try:
        return make(**taken)
    except ModuleNotFoundError as error:
        raise UserError(f"logger={name} needs a package that is not installed: {one_line(error)}") from None
