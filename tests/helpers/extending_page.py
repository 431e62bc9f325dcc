"""The examples of docs/extending.md: their files, and the commands that use them."""

import re
import shlex
from pathlib import Path

from places import PROJECT

FILE = re.compile(r"`(my_(?:lab|conf)/[\w/]+\.\w+)`(?:(?!\n\n).)*:\n\n```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)
"""A path in a paragraph that ends with a colon, and the block below it."""
PAGE = (PROJECT / "docs" / "extending.md").read_text("utf-8")


def section(title: str) -> str:
    """The text under a title."""
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def files(text: str = PAGE) -> dict[str, str]:
    """The content of every example file, by its path."""
    return dict(FILE.findall(text))


def commands(text: str = PAGE) -> list[list[str]]:
    """The words of every command behind ``rlmrec``."""
    return [shlex.split(line, comments=True)[1:] for line in re.findall(r"^    (rlmrec .*)$", text, re.MULTILINE)]


def write(folder: Path) -> None:
    """Write all examples into a folder, as a reader would."""
    for name, content in files().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
