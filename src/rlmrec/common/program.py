"""The command that starts the program on this machine."""

import re
import shlex
import sys
from pathlib import Path

SCRIPTS = Path(__file__).parents[2]


def command(name: str) -> str:
    """Return the command line of a command: ``python src/train.py`` in a checkout, otherwise ``rlmrec train``.

    Args:
        name: name of the command, such as ``encode_text``.
    """
    script = SCRIPTS / f"{name}.py"
    started = Path(sys.argv[0])
    if not script.is_file() or started.suffix != ".py":
        return f"rlmrec {name.replace('_', '-')}"
    elsewhere = started.parent.resolve() == SCRIPTS != Path("src").resolve()
    return f"python {shlex.quote(str((started.parent if elsewhere else Path('src')) / script.name))}"


def how_to_resume(folder: Path) -> str:
    """Return a hint with the command that resumes the run in a folder."""
    return f"resume with: {command('train')} {argument('resume', folder)}"


def argument(option: str, value: str | Path) -> str:
    """Return ``option=value``, quoted for the shell and Hydra where necessary.

    Examples:
        >>> argument("folder", "my data[v2]")
        '\'folder="my data[v2]"\''
    """
    text = str(value)
    if re.fullmatch(r"[\w./:@%+-]*[^\W\d][\w./:@%+-]*", text):
        return f"{option}={text}"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return shlex.quote(f'{option}="{escaped}"')
