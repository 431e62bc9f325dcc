"""Files of a Hugging Face model, restricted to safetensors and files that cannot execute code."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError
from safetensors import SafetensorError

from rlmrec.common.errors import UserError
from rlmrec.data.manifest import StoredFile

PATTERNS = ("*.safetensors", "*.safetensors.index.json", "*.json", "*.txt", "*.model")
"""Patterns of the files of weights, configuration and vocabulary."""

LOADING_ERRORS = (OSError, ValueError, ImportError, RuntimeError, SafetensorError)
"""Errors that libraries raise for damaged files, unknown or unsafe models, and missing packages or devices."""


def model_folder(model: str, revision: str | None = None) -> Path:
    """Return the folder of a model, downloading it from the hub unless it is a local folder.

    Args:
        model: path of a folder, or name on the Hugging Face hub.
        revision: branch, tag or commit on the hub; the main branch by default.

    Raises:
        UserError: if there is no such model, or it has no weights in the safetensors format.
    """
    folder = Path(model)
    if not folder.is_dir():
        try:
            folder = Path(snapshot_download(model, revision=revision, allow_patterns=list(PATTERNS)))
        except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
            raise UserError(
                f"encoder.model={model} is not a folder, and could not be fetched from the Hugging Face hub: "
                f"{first_line(error)}"
            ) from None
    if not (folder / "config.json").is_file():
        raise UserError(f"encoder.model={model}: {folder} holds no model: config.json is missing")
    if not list(folder.glob("*.safetensors")):
        raise UserError(
            f"encoder.model={model} has no *.safetensors; weights in other formats are not read, as they can execute "
            "code: choose another model or revision, or convert it with save_pretrained"
        )
    unsafe = [part for part in folder.glob("*/pytorch_model.bin") if not part.with_name("model.safetensors").exists()]
    if unsafe:
        raise UserError(f"encoder.model={model}: {unsafe[0]} is not in the safetensors format, so it is not read")
    return folder


def model_identity(model: str, folder: Path) -> dict[str, str]:
    """Return the name and checksum of a model, independent of the location of its folder.

    Args:
        model: requested name or folder.
        folder: folder of the model.
    """
    name = Path(model).resolve().name if Path(model).is_dir() else model
    files = sorted(path for pattern in PATTERNS for path in folder.rglob(pattern) if path.is_file())
    sums = "\n".join(f"{path.relative_to(folder)} {StoredFile.of(path).sha256}" for path in dict.fromkeys(files))
    identity = {"model": name, "model_sha256": hashlib.sha256(sums.encode()).hexdigest()}
    if folder.parent.name == "snapshots":  # the hub's cache names folders by commit
        identity["revision"] = folder.name
    return identity


def first_line(error: Exception) -> str:
    """Return the first line of an error's message."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def count_longer(texts: Sequence[str], tokenizer: Any, most: int) -> int:
    """Return the number of texts with more than ``most`` tokens, special ones included."""
    long = [text for text in texts if len(text) >= most]  # a token has at least one character
    return sum(len(ids) > most for ids in tokenizer(long, verbose=False)["input_ids"]) if long else 0
