"""Loggers that are notified of the end of a run."""

from typing import Any, Protocol, runtime_checkable

from rlmrec.data.dataset import Dataset


@runtime_checkable
class Closable(Protocol):
    """A logger that must be closed at the end of a run."""

    def close(self, results: dict[str, Any] | None, dataset: Dataset) -> None:
        """Close with the results, or None if the run did not finish, and the dataset that it was trained on."""
