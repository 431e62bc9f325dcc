"""Options of a run beyond dataset, backbone, alignment and seed."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rlmrec.api import MODEL_OPTIONS
from rlmrec.common.errors import UserError
from rlmrec.data.manifest import origins
from rlmrec.options.dotted import leaves, within
from rlmrec.options.run_name import dataset_place
from rlmrec.report.finished_run import FinishedRun
from rlmrec.runs.folder import RunFolder

Value = str | int | float | bool | None

DETERMINING = ("dataset", *(name for name in MODEL_OPTIONS if name != "seed"), "trainer", "initialise_from")
"""Options that determine a run, but for the seed; all others label or place it, or are helpers that these follow from.
"""
NO_FACTORS = (
    "dataset.cache",
    "dataset.url",
    "dataset.sha256",
    "dataset.verify_checksums",
    "dataset.memory_map",
    "dataset.download",
    "datamodule.static_shapes",
    "evaluation.ks",
    "evaluation.metrics",
    "evaluation.list_metrics",
    "trainer",
)
"""Options of places and machines, and of what is only shown."""
FACTORS_STILL = (
    "trainer.max_epochs",
    "trainer.min_epochs",
    "trainer.max_steps",
    "trainer.max_time",
    "trainer.precision",
    "trainer.matmul_precision",
    "trainer.accumulate_grad_batches",
    "trainer.gradient_clip_val",
    "trainer.gradient_clip_algorithm",
    "trainer.overfit_batches",
    "trainer.limit_train_batches",
    "trainer.limit_val_batches",
    "trainer.limit_test_batches",
)
"""Options of the trainer that change results."""
USUAL: dict[str, Value] = {
    "trainer.matmul_precision": "highest",
    "trainer.accumulate_grad_batches": 1,
    "trainer.overfit_batches": 0,
    "trainer.limit_train_batches": 1.0,
    "trainer.limit_val_batches": 1.0,
    "trainer.limit_test_batches": 1.0,
}
"""Values that change nothing, which runs need not name; those of 0.1.0 have no ``matmul_precision``."""
UNCHANGED = {"fusion": "NoFusion", "init": "Xavier"}
"""Classes of parts that change nothing; runs of 0.1.0 have no such parts."""
TEXT = (
    "align",
    "fusion",
    "init",
    "text_ablation",
    "encoder",
    "profile_embeddings",
    "dataset.root",
    "dataset.text_dim",
)
"""Options about text."""
COLD = "evaluation.cold_from_text"
"""Option of how users and items without interactions are scored, which models without text have, too."""
CONDITIONS = (
    "dataset",
    "interaction_noise",
    "initialise_from",
    "evaluation.mask",
    "evaluation.item_pool",
    "trainer.limit_test_batches",
)
"""Options that define the task: only runs that agree in them are compared."""
ASKED = ("evaluation.mask", "evaluation.item_pool")
"""Options that say what a test asks for."""
TASK = ("interaction_noise", *ASKED)
"""Options that say what is asked of a model on its dataset: only settings that agree in them are ranked."""
PERTURBATIONS = ("text_ablation", "interaction_noise", "initialise_from")
"""Options by which data or text are perturbed, or an earlier run's weights are taken."""


def factors(run: FinishedRun) -> dict[str, Value]:
    """Return the options that may distinguish a run from others of its dataset, backbone and alignment, by dotted name.

    Folders are distinguished by their last part, an earlier run to start from by its data, backbone and alignment. The
    encoder of the profiles counts as the option ``encoder``, the fingerprint of their embeddings as
    ``profile_embeddings``; fusion and initialiser count by the name of their class. Options about text are left
    out where no text was used.
    """
    values = {
        name: str(value) if isinstance(value, list) else value
        for name, value in leaves({name: run.options[name] for name in DETERMINING if name in run.options})
        if _is_factor(name)
    }
    for name, usual in USUAL.items():
        if name in values and _same(values[name], usual):
            del values[name]
    if values.get("dataset.root"):
        values["dataset.root"] = Path(str(values["dataset.root"])).name
    if values.get("initialise_from"):
        values["initialise_from"] = _origin(str(values["initialise_from"]))
    text = run.results.get("embeddings") or {}
    if text:
        values["encoder"] = _encoder(text)
        values["profile_embeddings"] = (run.profile_embeddings or "unknown")[:8]
    for part, unchanged in UNCHANGED.items():
        made = str(values.pop(f"{part}._target_", unchanged)).rpartition(".")[2]
        if made != unchanged:
            values[part] = made
    if not text:
        values = {name: value for name, value in values.items() if not within(name, TEXT) or name == "dataset.root"}
    return values


def _is_factor(name: str) -> bool:
    """Return whether an option may distinguish runs; of Hydra's own keys, the name of a class does."""
    key = name.rpartition(".")[2]
    return (key == "_target_" or not key.startswith("_")) and (name in FACTORS_STILL or not within(name, NO_FACTORS))


def perturbations(values: dict[str, Value]) -> set[str]:
    """Return the names of options by which data or text were perturbed, or an earlier run's weights were taken."""
    return {name for name in PERTURBATIONS if values.get(name) not in (None, 0, "none")}


def varying(options: Sequence[dict[str, Value]]) -> list[str]:
    """Return names whose values are not the same everywhere; where a name is absent, its value is None."""
    names = sorted({name for values in options for name in values})
    # 0 and 0.0 are the same, true and 1 are not.
    return [
        name
        for name in names
        if len({(isinstance(values.get(name), bool), values.get(name)) for values in options}) > 1
    ]


def _same(value: Value, other: Value) -> bool:
    """Return whether values are equal and of one kind: all batches are 1.0, and one batch is 1."""
    return value == other and type(value) is type(other)


def short(name: str, names: Iterable[str]) -> str:
    """Return the last part of a dotted name, or all of it if another name ends in the same part."""
    last = name.rpartition(".")[2]
    alone = sum(other.rpartition(".")[2] == last for other in names) < 2
    return last if alone and last not in ("root", "_target_") else name


def show(value: Value) -> str:
    """Return a value as on the command line, numbers with up to six digits."""
    if value is None:
        return "null"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _encoder(text: dict[str, Any]) -> str:
    """Return the encoder of the profiles, with its model and the transform of its vectors, if known."""
    options, transform = _part(text, "options"), _part(text, "transform")
    inner = options.get("of")
    model = (inner if isinstance(inner, dict) else options).get("model")
    parts = text.get("encoder"), model and Path(str(model)).name, transform.get("name"), *origins(text)
    return " ".join(str(part) for part in parts if part)


def _part(text: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a part of a description, empty where it is none."""
    part = text.get(name)
    return part if isinstance(part, dict) else {}


def _origin(path: str) -> str:
    """Return data, backbone and alignment of an earlier run; its folder's name, less the seed, if it is not there."""
    folder = Path(path).parent.parent if path.endswith(".ckpt") else Path(path)
    try:
        options = RunFolder(folder).options()
        dataset, names = options["dataset"], options["names"]
        return "-".join([dataset_place(dataset, names.get("dataset", "")), names["backbone"], names["align"]])
    except (UserError, KeyError, TypeError, AttributeError):
        return re.sub(r"-?seed_?\d+$", "", folder.name)
