"""Checkpoint files: replaced atomically, and read without executing code."""

from pathlib import Path
from typing import Any

import torch
from lightning_fabric.plugins.io.torch_io import TorchCheckpointIO

from rlmrec.common.bounded.torch_files import check_archive
from rlmrec.common.errors import UserError, one_line
from rlmrec.common.files import atomic_file
from rlmrec.training.checkpoints.content import check_content, registered


class AtomicCheckpointIO(TorchCheckpointIO):
    """Write beside the old checkpoint, then replace it; Lightning's own class may overwrite the only checkpoint."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(Path(path)) as partial:
            torch.save(checkpoint, partial)

    def load_checkpoint(self, path: Any, map_location: Any = None, weights_only: bool | None = None) -> dict[str, Any]:
        """Return a checkpoint, or the bare weights passed on by a spawned process; no code in it is executed.

        Checkpoints of runs are validated before, by ``read_checkpoint``.
        """
        return _loaded(Path(path))


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Return a checkpoint, on the CPU; no code in it is executed.

    Args:
        path: path of the file.

    Raises:
        UserError: if the file is missing or damaged.
    """
    if not path.is_file():
        raise UserError(f"{path} is missing: the run cannot be resumed without it; start it again")
    try:
        checkpoint = _loaded(path)
        check_content(checkpoint)
        return checkpoint
    except Exception as error:  # a damaged file can make torch raise anything
        raise UserError(
            f"{path} is damaged ({one_line(error)[:100]}): restore it from a copy, or start the run again"
        ) from None


def _loaded(path: Path) -> dict[str, Any]:
    check_archive(path, registered())
    content: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
    return content
