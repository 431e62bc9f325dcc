"""Findings on a prepared dataset: unusual but allowed content, each in a line that says what to do."""

from rlmrec.preparation.findings import filtering, profiles, ranking, raw, splitting, times
from rlmrec.preparation.folder_contents import FolderContents

__all__ = ["find"]


def find(contents: FolderContents, monitor: str | None = None) -> list[str]:
    """Return a warning for everything that is strange, from the raw files to the embeddings.

    Args:
        contents: of a dataset folder without problems.
        monitor: the metric that training watches by default, such as ``recall@20``; None leaves it out.
    """
    return [
        *raw.warnings(contents.manifest.preparation),
        *filtering.warnings(contents.manifest.preparation),
        *splitting.warnings(contents),
        *times.warnings(contents),
        *(ranking.warnings(contents, monitor) if monitor else ()),
        *profiles.warnings(contents),
    ]
