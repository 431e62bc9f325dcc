"""Which options a run has beyond dataset, backbone, alignment and seed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rlmrec.errors import UserError
from rlmrec.runs.folder import RunFolder
from rlmrec.studies.run import Run

Value = str | int | float | bool | None

# How a run was made or shown, the repetition, and copies of options that are set elsewhere.
NO_FACTORS = (
    *("seed", "resume", "tags", "experiment", "names", "logger", "callbacks", "hydra"),
    *("recommender.seed", "recommender.ks", "recommender.optimizer", "datamodule.seed", "datamodule.mask"),
    *("dataset.cache", "dataset.url", "dataset.sha256", "dataset.verify_checksums", "dataset.memory_map"),
    "trainer",
)
FACTORS_STILL = ("trainer.max_epochs", "trainer.max_steps", "trainer.precision", "trainer.gradient_clip_val")
TEXT = ("align", "text_control", "encoder", "dataset.root", "dataset.text_dim")


def factors(run: Run) -> dict[str, Value]:
    """All options of a run that may tell it from others of its dataset, backbone and alignment, by dotted name.

    Folders are told apart by their last part, an earlier run to start from by its backbone and alignment, and what
    encoded the profiles counts as the option ``encoder``. Options about text are none where no text was used.
    """
    values = {
        name: value
        for name, value in _leaves(run.options)
        if (not within(name, NO_FACTORS) or name in FACTORS_STILL) and not name.rpartition(".")[2].startswith("_")
    }
    if values.get("dataset.root"):
        values["dataset.root"] = Path(str(values["dataset.root"])).name
    if values.get("initialise_from"):
        values["initialise_from"] = _origin(str(values["initialise_from"]))
    text = run.results.get("embeddings") or {}
    if text:
        values["encoder"] = text.get("encoder")
    if run.results["align"] == "none":
        values = {name: value for name, value in values.items() if not within(name, TEXT) or name == "dataset.root"}
    return values


def within(name: str, groups: tuple[str, ...]) -> bool:
    """Whether a dotted name is one of these, or below one."""
    return any(name == group or name.startswith(f"{group}.") for group in groups)


def _leaves(node: Any, prefix: str = "") -> Iterator[tuple[str, Value]]:
    for key, value in node.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value) if isinstance(value, list) else value


def _origin(path: str) -> str:
    """What an earlier run was, by its configuration if it is still there."""
    folder = RunFolder(Path(path).parent.parent if path.endswith(".ckpt") else path)
    try:
        names = folder.options()["names"]
        return f"{names['backbone']}-{names['align']}"
    except (UserError, KeyError, TypeError):
        return "another run"
