"""Where a study is kept."""

from pathlib import Path

from optuna.storages import RDBStorage

FILE = "study.db"
STUDY = "search"


def storage(folder: Path) -> RDBStorage:
    """The SQLite database of a search; a process waits for another that writes."""
    return RDBStorage(f"sqlite:///{folder / FILE}", engine_kwargs={"connect_args": {"timeout": 60}})
