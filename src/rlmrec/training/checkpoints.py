"""Checkpoints: written whole, read without executing code, and found again where a run folder was moved."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from lightning_fabric.plugins.io.torch_io import TorchCheckpointIO
from pytorch_lightning.callbacks import Callback, ModelCheckpoint

from rlmrec.common.bounded.torch_files import check_archive
from rlmrec.common.errors import UserError, one_line
from rlmrec.common.files import atomic_file
from rlmrec.training.checkpoint_check import check_content, registered

MISFITS = (KeyError, IndexError, TypeError, ValueError, AttributeError, RuntimeError)
"""Errors of code that takes over a state which another version wrote, or another program."""
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

    def load_checkpoint(self, path: Any, map_location: Any = None, weights_only: bool | None = None) -> dict[str, Any]:
        """Return a checkpoint, or the bare weights that a spawned process hands over; nothing in it is executed.

        What a checkpoint of a run holds was checked before, by ``read_checkpoint``.
        """
        return _loaded(Path(path))


class Restored(Callback):
    """Remember whether everything that a checkpoint holds has been taken over, and used for an epoch."""

    def __init__(self) -> None:
        self.done = False

    def on_train_epoch_end(self, *_: Any) -> None:
        self.done = True

    def on_test_start(self, *_: Any) -> None:
        self.done = True

    @contextmanager
    def from_file(self, path: Path | None) -> Iterator[None]:
        """Say which file is to blame where a checkpoint cannot be taken over.

        Raises:
            UserError: if its parts do not fit.
        """
        self.done = False
        try:
            yield
        except MISFITS as error:
            if path is None or self.done:
                raise
            raise UserError(f"{path} does not fit the run: {one_line(error)[:200]}") from error


def read_checkpoint(path: Path, or_weights: bool = False) -> dict[str, Any]:
    """Return a checkpoint, on the CPU; nothing in it is executed.

    Args:
        path: of the file.
        or_weights: whether it may hold weights by name and nothing else.

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
