"""Construction of loggers from their options, including those of Lightning."""

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
    """Return all loggers of a run; each receives those of the following arguments that it takes and that are not set.

    They are ``folder`` and ``description`` of the run, and ``save_dir``, used by loggers of Lightning: a subfolder of
    the run folder with the logger's name.

    Args:
        makers: logger factories by name.
        folder: run folder.
        description: names and seed of the run.

    Raises:
        UserError: if a logger needs a package that is not installed, or has an invalid name.
    """
    return [_made(name, make, folder, description) for name, make in makers.items()]


def _made(name: str, make: Callable[..., Logger], folder: RunFolder, description: RunDescription) -> Logger:
    if not re.fullmatch(r"\w[\w-]*", str(name), re.ASCII):  # it names a folder, and options may come from third parties
        raise UserError(f"a logger cannot be called {name!r}: name it by letters, digits, _ and -")
    offered = {"folder": folder, "description": description, "save_dir": str(folder.path / name)}
    given = getattr(make, "keywords", {})
    taken = {key: offered[key] for key in inspect.signature(make).parameters if key in offered and key not in given}
    try:
        return make(**taken)
    except ModuleNotFoundError as error:
        raise UserError(f"logger={name} needs a package that is not installed: {one_line(error)}") from None
