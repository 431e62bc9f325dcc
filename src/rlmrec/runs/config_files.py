"""Where the configuration files are, and which choices they offer."""

from pathlib import Path

CONFIG_FOLDER = str(Path(__file__).parents[3] / "conf")


def choices(group: str) -> list[str]:
    """The choices of a group, in alphabetical order."""
    return sorted(path.stem for path in Path(CONFIG_FOLDER, group).glob("*.yaml"))
