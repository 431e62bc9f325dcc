"""The end of a command that did not go well: one line, and an exit code."""

import re
import sys
from collections.abc import Sequence
from typing import NamedTuple, NoReturn

import yaml
from hydra.errors import HydraException
from omegaconf.errors import MissingMandatoryValue, OmegaConfBaseException

from rlmrec.cli.frame.outside_failures import explained, raised_in
from rlmrec.common.errors import UserError, printable
from rlmrec.options.explain import explain

LAUNCHERS = ("joblib", "submitit", "ray")
FAILURE, WRONG_OPTION, INTERRUPTION = 1, 2, 130
"""Exit codes."""


class Ending(NamedTuple):
    """The end of a command.

    Args:
        message: for the terminal.
        code: with which the process exits.
    """

    message: str
    code: int = FAILURE


def ending_of(error: Exception, config_name: str, words: Sequence[str]) -> Ending | None:
    """Return the end of a command by an error that its user can do something about; None for a bug.

    Args:
        error: the error.
        config_name: the command's configuration.
        words: of the command line.
    """
    if isinstance(error, ValueError) and raised_in(error) in LAUNCHERS:
        return Ending(f"hydra.launcher takes no such options: {first_line(error)}", WRONG_OPTION)
    if isinstance(error, HydraException | OmegaConfBaseException | yaml.YAMLError):
        return Ending(explain(error, config_name, words), WRONG_OPTION)
    if isinstance(error, UserError):
        return Ending(str(error))
    if line := explained(error):
        return Ending(line)
    if "Config group override must be" in str(error):  # Hydra's own words for group=null
        return Ending("a group takes the name of a choice, not null; ~group leaves it out", WRONG_OPTION)
    return _of_child(error)


def _of_child(error: Exception) -> Ending | None:
    """Return the end of a spawned process by a user's error or a signal; its traceback comes as text."""
    ended = re.search(
        r"^rlmrec\.common\.errors\.(UserError|MissingFilesError|Interrupted): (.*)", str(error), re.MULTILINE
    )
    return ended and Ending(ended.group(2), INTERRUPTION if ended.group(1) == "Interrupted" else FAILURE)


def is_of_launcher(error: Exception) -> bool:
    """Return whether a launcher failed itself, e.g. since one of its processes was killed."""
    return type(error).__module__.partition(".")[0] in LAUNCHERS


def exit_with(ending: Ending) -> NoReturn:
    """Print a message and end the process.

    Raises:
        SystemExit: always.
    """
    message = printable(ending.message if ending.code == INTERRUPTION else f"error: {ending.message}")
    if "tqdm" in sys.modules:  # a progress bar may stand in the line
        sys.modules["tqdm"].tqdm.write(message, file=sys.stderr)
    else:
        print(message, file=sys.stderr)
    sys.stdout.flush()
    raise SystemExit(ending.code)


def message_of(error: BaseException) -> str:
    """Return the message of an error; a missing option by name."""
    if isinstance(error, MissingMandatoryValue):
        return f"{error.full_key} has no default: set {error.full_key}=..."
    return str(error)


def first_line(error: BaseException) -> str:
    """Return the first line of the message of an error, or the error's name if there is no message."""
    return printable(message_of(error).strip().split("\n")[0]) or type(error).__name__
