"""Findings on a prepared dataset: unusual but allowed content, reported one line each with a remedy."""

from rlmrec.preparation.findings import filtering, profiles, ranking, raw, splitting, times
from rlmrec.preparation.folder_contents import FolderContents

__all__ = ["find"]


def find(contents: FolderContents, monitor: str | None = None) -> list[str]:
    """Return a warning for each anomaly, from the raw files to the embeddings.

    Args:
        contents: contents of a dataset folder without problems.
        monitor: metric that training monitors by default, such as ``recall@20``; None skips its check.
    """
    return [
        *raw.warnings(contents.manifest.preparation),
        *filtering.warnings(contents.manifest.preparation),
        *splitting.warnings(contents),
        *times.warnings(contents),
        *(ranking.warnings(contents, monitor) if monitor else ()),
        *profiles.warnings(contents),
    ]
