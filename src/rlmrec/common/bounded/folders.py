"""Folders from untrusted sources: nothing in them leads out of them, or keeps a reader waiting."""

import os
import stat
from pathlib import Path

from rlmrec.common.errors import UserError

LINKS_OF_OTHERS = "wandb"
"""Folder that a program of others fills, with links to its own logs among the rest."""


def refuse_special_files(folder: Path, within: Path | None = None) -> None:
    """Refuse a folder with a link that leads out of it, where something would be written or read elsewhere, or a pipe.

    Args:
        folder: of a run, or a part of a dataset folder that will be written to; may be absent.
        within: the folder from a stranger; ``folder`` itself by default, which may then be a link.

    Raises:
        UserError: names the first such file.
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
