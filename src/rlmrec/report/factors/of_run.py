"""The options of a run besides dataset, backbone, alignment and seed."""

import re
from pathlib import Path
from typing import Any

from rlmrec.common.errors import UserError
from rlmrec.data.manifest import origins
from rlmrec.options.dotted import leaves, within
from rlmrec.options.run_name import dataset_place
from rlmrec.report.factors.names import (
    ASKED,
    BY_EPOCHS,
    CALLBACKS,
    DETERMINING,
    FACTORS_STILL,
    NO_FACTORS,
    PERTURBATIONS,
    SCHEDULED,
    TEXT,
    UNCHANGED,
    USUAL,
)
from rlmrec.report.factors.values import Value
from rlmrec.report.finished_run import FinishedRun
from rlmrec.runs.folder import RunFolder


def factors(run: FinishedRun) -> dict[str, Value]:
    """Return the options that may distinguish a run from others of its dataset, backbone and alignment, by dotted name.

    A folder counts by the last part of its path, and the earlier run of a warm start by its data, backbone and
    alignment. Options of training by epochs are omitted for models that are fitted at once. The encoder of the profiles
    counts as the option ``encoder``, the fingerprint of their embeddings as ``profile_embeddings``, and fusion and
    initialiser by the name of their class. Options about text are omitted if no text was used. Callbacks count as
    described in ``_callbacks``.
    """
    options = leaves({name: run.options[name] for name in DETERMINING if name in run.options})
    values = {name: _plain(value) for name, value in options if _is_factor(name)} | _callbacks(run)
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
    if run.is_fitted:
        kept = (*ASKED, "evaluation.monitor")
        values = {name: value for name, value in values.items() if name in kept or not within(name, BY_EPOCHS)}
    return values


def _callbacks(run: FinishedRun) -> dict[str, Value]:
    """Return the options of callbacks that determine training: the class of each, and its options.

    Those that ``evaluation`` has too, and which only take effect through a callback, are returned under the name they
    have there. A callback's monitor is omitted if it is that of the evaluation.
    """
    values: dict[str, Value] = {}
    recorded = run.options.get("callbacks")
    for name, callback in (recorded if isinstance(recorded, dict) else {}).items():
        made = str(callback.get("_target_") if isinstance(callback, dict) else "").rpartition(".")[2]
        if made.endswith(CALLBACKS):
            values[f"callbacks.{name}"] = made
            for option, value in leaves(callback):
                shared, own = f"evaluation.{option}", f"callbacks.{name}.{option}"
                if not option.startswith("_") and (option, value) != ("monitor", run.monitor):
                    values[shared if option in SCHEDULED and shared not in values else own] = _plain(value)
    return values


def _plain(value: Any) -> Value:
    """Return the value of an option, with a list as text."""
    return str(value) if isinstance(value, list) else value


def _is_factor(name: str) -> bool:
    """Return whether an option may distinguish runs; of Hydra's own keys, only ``_target_`` does."""
    key = name.rpartition(".")[2]
    return (key == "_target_" or not key.startswith("_")) and (name in FACTORS_STILL or not within(name, NO_FACTORS))


def perturbations(values: dict[str, Value]) -> set[str]:
    """Return the names of options that perturbed data or text, or that started from an earlier run's weights."""
    return {name for name in PERTURBATIONS if values.get(name) not in (None, 0, "none")}


def _same(value: Value, other: Value) -> bool:
    """Return whether values have the same value and type: for batch limits, 1.0 means all and 1 means one."""
    return value == other and type(value) is type(other)


def _encoder(text: dict[str, Any]) -> str:
    """Return the encoder of the profiles with its model and the transform of its vectors, as far as known."""
    options, transform = _part(text, "options"), _part(text, "transform")
    inner = options.get("of")
    model = (inner if isinstance(inner, dict) else options).get("model")
    parts = text.get("encoder"), model and Path(str(model)).name, transform.get("name"), *origins(text)
    return " ".join(str(part) for part in parts if part)


def _part(text: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a part of a description, or an empty dictionary if it is not one."""
    part = text.get(name)
    return part if isinstance(part, dict) else {}


def _origin(path: str) -> str:
    """Return data, backbone and alignment of an earlier run, or its folder's name without the seed if it is gone."""
    folder = Path(path).parent.parent if path.endswith(".ckpt") else Path(path)
    try:
        options = RunFolder(folder).options()
        dataset, names = options["dataset"], options["names"]
        return "-".join([dataset_place(dataset, names.get("dataset", "")), names["backbone"], names["align"]])
    except (UserError, KeyError, TypeError, AttributeError):
        return re.sub(r"-?seed_?\d+$", "", folder.name)
