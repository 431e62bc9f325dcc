"""All tables of a dataset folder, then what is strange, then what is wrong."""

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
    """Print what a dataset folder was made of, what it holds, what is strange about it and what is wrong with it.

    Args:
        folder: in the native format.
        monitor: the metric that training watches by default, such as ``recall@20``, to see whether it can vary; None
            leaves that out.

    Returns:
        What is in the folder.

    Raises:
        UserError: a line for every problem, if there are any; what is only strange is no problem.
    """
    root = Path(folder)
    manifest, dataset, problems = examine(root)
    contents, warnings = None, []
    print_raw(manifest.preparation)
    print_filters(manifest.preparation)
    if dataset is not None:
        contents = FolderContents(root, manifest, dataset)
        print_contents(contents)
        if not problems:  # shapes may disagree
            warnings = find(contents, monitor)
    print_warnings(warnings)
    if problems or contents is None:
        raise UserError(f"{counted(len(problems), 'problem')} in {folder}:\n  " + "\n  ".join(problems))
    print(f"{folder}: no problems" + (f", {counted(len(warnings), 'warning')}" if warnings else ""))
    return contents
