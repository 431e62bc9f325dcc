"""A checkpoint with a fixed name that remains valid when the run folder is moved."""

from pathlib import Path
from typing import Any

from pytorch_lightning.callbacks import ModelCheckpoint

PATHS = ("best_model_path", "kth_best_model_path", "last_model_path")


class Checkpoint(ModelCheckpoint):
    """One checkpoint with a fixed name in a folder, with Lightning's options.

    Lightning's own callback forgets the best checkpoint if training resumes in another folder.

    Args:
        folder: folder of the checkpoint.
        name: name of the file, without its suffix.
        options: options of ``ModelCheckpoint``.
    """

    def __init__(self, folder: Path, name: str, **options: Any) -> None:
        super().__init__(folder, filename=name, enable_version_counter=False, **options)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        moved: dict[str, Any] = {name: self._here(state_dict[name]) for name in PATHS}
        moved["best_k_models"] = {self._here(path): score for path, score in state_dict["best_k_models"].items()}
        super().load_state_dict(state_dict | moved | {"dirpath": self.dirpath})

    def _here(self, path: str) -> str:
        return str(Path(str(self.dirpath), Path(path).name)) if path else path
