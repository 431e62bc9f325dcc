"""Files written by ``torch.save`` from untrusted sources: checks of their members and of the names in their pickle."""

import re
from collections.abc import Collection
from pathlib import Path

import torch

from rlmrec.common.bounded.pickle_check import check_pickle
from rlmrec.common.bounded.zip_files import stored_members

MEMBERS = re.compile(r"[^/]+/(data\.pkl|data/\d+|byteorder|version|\.format_version|\.storage_alignment|\.data/[\w.]+)")
"""Names of the members that ``torch.save`` writes."""
STORAGES = ("Float", "Double", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool")
NAMES = frozenset(
    (
        *(
            "collections OrderedDict",
            "collections Counter",
            "torch Size",
            "torch device",
            "torch.storage UntypedStorage",
        ),
        *("torch._utils _rebuild_tensor_v2", "torch._utils _rebuild_parameter", "torch.nn.parameter Parameter"),
        *(f"torch {kind}Storage" for kind in STORAGES),
        *(str(kind).replace(".", " ") for kind in vars(torch).values() if isinstance(kind, torch.dtype)),
    )
)
"""Classes and functions that numbers, strings, containers and tensors need."""


def check_archive(path: Path, names: Collection[str] = (), closed: Collection[str] = ()) -> None:
    """Check that a file is no larger in memory than on disk, and that its pickle is safe to load.

    Args:
        path: path of the file.
        names: classes that the pickle may name besides those of tensors, such as ``collections defaultdict``.
        closed: further classes, whose objects may hold one another; see ``check_pickle``.

    Raises:
        ValueError: if a check fails; the message gives the reason.
        OSError: if the file cannot be read.
    """
    with stored_members(path) as archive:
        for member in archive.infolist():
            if not MEMBERS.fullmatch(member.filename):
                raise ValueError(f"it holds {member.filename}, which torch.save does not write")
            if member.filename.endswith(".pkl"):
                check_pickle(archive.read(member), NAMES.union(names, closed), closed)
