"""Folders from untrusted sources: checks for links that lead out of them, and special files that block a reader."""

import os
import stat
from pathlib import Path

from rlmrec.common.errors import UserError

LINKS_OF_OTHERS = "wandb"
"""Folder that Weights & Biases fills, with links to its own logs among other files."""


def refuse_special_files(folder: Path, within: Path | None = None) -> None:
    """Refuse a folder that holds a special file, such as a pipe, or a link that leads out of it.

    Following such a link would read or write files elsewhere.

    Args:
        folder: folder of a run, or the part of a dataset folder that will be written to; may be absent.
        within: untrusted folder that links must not leave; by default ``folder`` itself, which may then be a link.

    Raises:
        UserError: if there is such a file; the message names the first one.
    """
    inner = os.path.realpath(within or folder)
    for path in (folder, *folder.rglob("*")):
        kind = path.lstat().st_mode if path.exists() or path.is_symlink() else stat.S_IFDIR
        if stat.S_ISLNK(kind) and (path != folder or within is not None):
            inside = os.path.realpath(path).startswith(f"{inner}{os.sep}")
            if not inside and LINKS_OF_OTHERS not in path.relative_to(folder).parts[:-1]:
                raise UserError(
                    f"{path} is a link that leads out of {within or folder}: put what it leads to in its place"
                )
        elif not (stat.S_ISREG(kind) or stat.S_ISDIR(kind) or stat.S_ISLNK(kind)):
            raise UserError(f"{path} is neither a file nor a folder: remove it")
