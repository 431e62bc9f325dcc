"""The message and exit code of a command that fails."""

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
    """The end of a failed command.

    Args:
        message: message for the terminal.
        code: exit code of the process.
    """

    message: str
    code: int = FAILURE


def ending_of(error: Exception, config_name: str, words: Sequence[str]) -> Ending | None:
    """Return the message and exit code for an error that the user can fix; None for a bug.

    Args:
        error: error that ended the command.
        config_name: name of the command's configuration.
        words: words of the command line.
    """
    if isinstance(error, ValueError) and raised_in(error) in LAUNCHERS:
        return Ending(f"hydra.launcher takes no such options: {first_line(error)}", WRONG_OPTION)
    if isinstance(error, HydraException | OmegaConfBaseException | yaml.YAMLError):
        return Ending(explain(error, config_name, words), WRONG_OPTION)
    if isinstance(error, UserError):
        return Ending(str(error))
    if line := explained(error):
        return Ending(line)
    if "Config group override must be" in str(error):  # Hydra's message for group=null
        return Ending("a group takes the name of a choice, not null; ~group leaves it out", WRONG_OPTION)
    return _of_child(error)


def _of_child(error: Exception) -> Ending | None:
    """Return the end of a spawned process by a ``UserError`` or a signal, whose traceback arrives as text."""
    ended = re.search(
        r"^rlmrec\.common\.errors\.(UserError|MissingFilesError|Interrupted): (.*)", str(error), re.MULTILINE
    )
    return ended and Ending(ended.group(2), INTERRUPTION if ended.group(1) == "Interrupted" else FAILURE)


def is_of_launcher(error: Exception) -> bool:
    """Return whether a launcher itself failed, e.g. because one of its processes was killed."""
    return type(error).__module__.partition(".")[0] in LAUNCHERS


def exit_with(ending: Ending) -> NoReturn:
    """Print a message and end the process.

    Raises:
        SystemExit: always.
    """
    message = printable(ending.message if ending.code == INTERRUPTION else f"error: {ending.message}")
    if "tqdm" in sys.modules:  # a progress bar may occupy the current line
        sys.modules["tqdm"].tqdm.write(message, file=sys.stderr)
    else:
        print(message, file=sys.stderr)
    sys.stdout.flush()
    raise SystemExit(ending.code)


def message_of(error: BaseException) -> str:
    """Return the message of an error, which names the option if a mandatory one is missing."""
    if isinstance(error, MissingMandatoryValue):
        return f"{error.full_key} has no default: set {error.full_key}=..."
    return str(error)


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, or the error's name if it has no message."""
    return printable(message_of(error).strip().split("\n")[0]) or type(error).__name__
