"""Checkpoints: written whole, read without executing code, and found again where a run folder was moved."""

from pathlib import Path
from typing import Any

import torch
from lightning_fabric.plugins.io.torch_io import TorchCheckpointIO
from pytorch_lightning.callbacks import ModelCheckpoint

from rlmrec.common.errors import UserError
from rlmrec.common.files import atomic_file

PATHS = ("best_model_path", "kth_best_model_path", "last_model_path")


class Checkpoint(ModelCheckpoint):
    """One checkpoint of a fixed name in a folder, with Lightning's options.

    Lightning's own forgets which checkpoint was the best when it is resumed in another place.

    Args:
        folder: where to.
        name: of the file, without its ending.
        options: of ``ModelCheckpoint``.
    """

    def __init__(self, folder: Path, name: str, **options: Any) -> None:
        super().__init__(folder, filename=name, enable_version_counter=False, **options)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        moved: dict[str, Any] = {name: self._here(state_dict[name]) for name in PATHS}
        moved["best_k_models"] = {self._here(path): score for path, score in state_dict["best_k_models"].items()}
        super().load_state_dict(state_dict | moved | {"dirpath": self.dirpath})

    def _here(self, path: str) -> str:
        return str(Path(str(self.dirpath), Path(path).name)) if path else path


class AtomicCheckpointIO(TorchCheckpointIO):
    """Write beside the old checkpoint, then replace it; Lightning's own may overwrite the only one there is."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(Path(path)) as partial:
            torch.save(checkpoint, partial)


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Return a checkpoint, on the CPU; nothing in it is executed.

    Raises:
        UserError: if the file is missing or damaged.
    """
    if not path.is_file():
        raise UserError(f"{path} is missing: the run cannot be resumed without it; start it again")
    try:
        return torch.load(path, weights_only=True, map_location="cpu")
    except Exception as error:  # a damaged file can make torch raise anything
        raise UserError(
            f"{path} is damaged ({type(error).__name__}): restore it from a copy, or start the run again"
        ) from None
