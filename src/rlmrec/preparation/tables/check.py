"""Printing all tables, warnings and problems of a dataset folder."""

from pathlib import Path

from rlmrec.common.errors import UserError
from rlmrec.common.terminal import counted, print_warnings
from rlmrec.preparation.check import examine
from rlmrec.preparation.findings import find
from rlmrec.preparation.folder_contents import FolderContents
from rlmrec.preparation.tables.contents import print_contents
from rlmrec.preparation.tables.filters import print_filters
from rlmrec.preparation.tables.raw import print_raw


def print_check(folder: str, monitor: str | None = None) -> FolderContents:
    """Print the origin, contents and anomalies of a dataset folder, and report its problems.

    Args:
        folder: path of a folder in the native format.
        monitor: metric that training monitors by default, such as ``recall@20``, to check whether it can vary; None
            skips this.

    Returns:
        The contents of the folder.

    Raises:
        UserError: if there are problems, with a line for each; warnings do not count.
    """
    root = Path(folder)
    manifest, dataset, problems = examine(root)
    contents, warnings = None, []
    print_raw(manifest.preparation)
    print_filters(manifest.preparation)
    if dataset is not None:
        contents = FolderContents(root, manifest, dataset)
        print_contents(contents)
        if not problems:  # otherwise, shapes may disagree
            warnings = find(contents, monitor)
    print_warnings(warnings)
    if problems or contents is None:
        raise UserError(f"{counted(len(problems), 'problem')} in {folder}:\n  " + "\n  ".join(problems))
    print(f"{folder}: no problems" + (f", {counted(len(warnings), 'warning')}" if warnings else ""))
    return contents
