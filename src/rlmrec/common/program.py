"""The command that starts the program on this machine."""

import sys
from pathlib import Path

SCRIPTS = Path(__file__).parents[2]


def command(name: str) -> str:
    """Return how to start a command here: ``python src/train.py`` in a checkout, otherwise ``rlmrec train``.

    Args:
        name: of the command, such as ``encode_text``.
    """
    script = SCRIPTS / f"{name}.py"
    in_checkout = script.is_file() and Path(sys.argv[0]).suffix == ".py"
    return f"python src/{name}.py" if in_checkout else f"rlmrec {name.replace('_', '-')}"
