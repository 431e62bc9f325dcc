"""The storage of a search."""

from pathlib import Path

from optuna.storages import RDBStorage

FILE = "study.db"
STUDY = "search"


def storage(folder: Path) -> RDBStorage:
    """Return the SQLite database of a search; a process waits up to 60 seconds for others to write."""
    return RDBStorage(f"sqlite:///{folder / FILE}", engine_kwargs={"connect_args": {"timeout": 60}})
