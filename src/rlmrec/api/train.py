"""Training of a run from options."""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from rlmrec.api.build import MODEL_OPTIONS, Built, build, load_dataset, load_source
from rlmrec.api.trained_run import TrainedRun
from rlmrec.backbones import Backbone, FittedBackbone
from rlmrec.common.allocator import keep_freed_memory
from rlmrec.common.config_files import options_of
from rlmrec.common.errors import Interrupted, UserError
from rlmrec.common.program import command, how_to_resume
from rlmrec.common.silence import silence
from rlmrec.data.dataset import Dataset
from rlmrec.options.compose import compose
from rlmrec.options.validate_options import instantiate_parts, validate_options
from rlmrec.runs.contents import NEEDED_OPTIONS
from rlmrec.runs.description import RunDescription
from rlmrec.runs.folder import RunFolder
from rlmrec.runs.stored_options import needed_trust, unreadable
from rlmrec.training.build import build_model
from rlmrec.training.data_identity import fingerprints
from rlmrec.training.findings import findings
from rlmrec.training.fit import fit_and_test
from rlmrec.training.process_memory import held_mb
from rlmrec.training.trainer import refuse_unmakeable
from rlmrec.training.trainer_options import refuse_unusable
from rlmrec.training.warm_start import initialise, read_start

log = logging.getLogger(__name__)

FURTHER_OPTIONS = ("logger", "callbacks", "paths")
"""Groups of options that no model is made of, and that a training may do without."""


def train(options: dict[str, Any] | None = None, folder: str | Path | None = None) -> TrainedRun:
    """Train with early stopping on validation, test the best weights once, and return the finished run.

    Args:
        options: options as returned by ``compose``; the defaults if omitted.
        folder: folder of the run, which must not hold a run yet; a new folder below ``outputs/`` by default.

    Raises:
        UserError: if options are wrong, which the message names, or the folder is in use.

    Examples:
        >>> run = train(compose(["backbone=lightgcn", "align=contrastive"]))
        >>> run.metrics["test/recall@20"]
        0.18149...
    """
    options = compose() if options is None else options
    if not isinstance(options, dict):
        raise UserError(f"options must be what rlmrec.compose([...]) returns, not a {type(options).__name__}")
    _refuse_missing(options)
    _refuse_misspelt(options)
    if options.get("resume") is not None:
        raise UserError(f"resume: only the command takes it, {command('train')} resume=...")
    place = RunFolder(folder or _new_folder(options), options.get("trust", ()))
    was_there = place.path.exists()
    try:
        with place.locked() as free:
            if not free:
                raise UserError(f"another process is working in {place.path}")
            return train_in_folder(place, options)
    except UserError:
        if not was_there:
            place.remove_if_unclaimed()
        raise


def _new_folder(options: dict[str, Any]) -> Path:
    names, now = options["names"], time.time()
    stamp = f"{time.strftime('%Y-%m-%d_%H-%M-%S', time.localtime(now))}-{int(now % 1 * 1e6):06d}"
    return Path(options["paths"]["outputs"], names["dataset"], f"{names['backbone']}-{names['align']}", stamp)


def train_in_folder(
    folder: RunFolder,
    options: dict[str, Any],
    overrides: list[str] | None = None,
    resumed: bool = False,
    unfinished: bool = False,
) -> TrainedRun:
    """Train in a locked folder, starting from its last checkpoint if there is one.

    Args:
        folder: folder of the run, locked by the caller.
        options: resolved options as plain containers.
        overrides: overrides of the command line that produced the options.
        resumed: whether the folder already belongs to this run.
        unfinished: whether the folder may hold an unfinished start of this run.

    Raises:
        UserError: if options are wrong or do not fit the data; the message names them.
    """
    options = options | {name: _without_null(options.get(name)) for name in ("logger", "callbacks")}
    outside = {name: options[name] for name in ("trainer", "logger", "callbacks") if options.get(name)}
    _refuse_missing(options)
    refuse_unusable(options.get("trainer") or {})
    validate_options(options, build_model, fit_and_test, load_source)
    _say_what_needs_trust(options)
    keep_freed_memory()
    silence()
    dataset = load_dataset(options)
    held_before = held_mb()
    built = build(options, dataset)
    if isinstance(built.model.backbone, FittedBackbone):
        built.model.backbone.check()
    if not built.data.evaluated.val.nnz:
        raise UserError(
            "evaluation.item_pool=cold: no user has a validation item without training interactions, by which weights "
            "and options are selected; choose evaluation.item_pool=all"
        )
    ablation, scheduled = options.get("text_ablation", "none"), bool(options.get("scheduler"))
    for line in findings(built.model, built.data, ablation, scheduled, overrides or ()):
        log.warning(line)
    start = options.get("initialise_from")
    if start is not None and not folder.last.exists():
        _warm_start(built, start, folder.trust)
    parts = {"logger": {}, "callbacks": {}} | instantiate_parts(outside, fit_and_test)
    refuse_unmakeable(parts["trainer"], built.data)
    if not resumed:
        folder.claim(OmegaConf.to_yaml(OmegaConf.create(options)), unfinished)
    with _resumable(folder):
        folder.write_provenance(overrides or [])
        description = _description(built, dataset, options)
        results = fit_and_test(folder, description, built.model, built.data, held_before=held_before, **parts)
    return TrainedRun(folder, options, results, description=built.data.dataset.description)


@contextmanager
def _resumable(folder: RunFolder) -> Iterator[None]:
    """Say how to resume when a signal interrupts the block; repeating the command would find its folder in use."""
    try:
        yield
    except (Interrupted, KeyboardInterrupt):
        raise Interrupted(f"interrupted; {how_to_resume(folder.path)}") from None


def _refuse_missing(options: dict[str, Any]) -> None:
    missing = [name for name in NEEDED_OPTIONS if name not in options]
    if missing:
        raise UserError("; ".join(f"{name} is missing: it cannot be left out" for name in missing))


def _refuse_misspelt(options: dict[str, Any]) -> None:
    """Refuse top-level names that are spelt much like an option; others may serve interpolations."""
    known = {*NEEDED_OPTIONS, *MODEL_OPTIONS, *options_of("train"), *FURTHER_OPTIONS} - {"defaults"}
    for name in options.keys() - known - options_of("score"):
        if near := get_close_matches(name, known, cutoff=0.85):
            raise UserError(f"unknown option '{name}'; did you mean {' or '.join(near)}?")


def _without_null(parts: dict[str, Any] | None) -> dict[str, Any]:
    """Return the loggers or callbacks that are not null: ``callbacks.progress=null`` disables one."""
    return {name: part for name, part in (parts or {}).items() if part is not None}


def _warm_start(built: Built, start: str, trust: Sequence[str]) -> None:
    if not isinstance(built.model.backbone, Backbone):
        name = type(built.model.backbone).__name__
        raise UserError(f"initialise_from={start}: {name} is fitted and has no embeddings to begin with")
    source = load_dataset(read_start(start, trust))
    print(initialise(built.model.backbone, built.data.dataset, start, source))


def _say_what_needs_trust(options: dict[str, Any]) -> None:
    """Announce before any work is done which options need trust to be read back, or can never be."""
    trusted = needed_trust(options)
    if trusted:
        print(f"note: resume, evaluate and report will read this run with trust=[{','.join(trusted)}] only")
    for asked in unreadable(options):
        print(f"note: the run could not be read back, since its configuration {asked}")


def _description(built: Built, dataset: Dataset, options: dict[str, Any]) -> RunDescription:
    names, uses_profiles = options["names"], built.model.uses_profiles
    used = dataset.embeddings_info | {"ablation": options["text_ablation"]} if uses_profiles else {}
    return RunDescription(
        dataset.name,
        names["backbone"],
        names["align"],
        options["seed"],
        tags=tuple(names.get("tags") or ()),
        experiment=options.get("experiment"),
        options=options,
        embeddings=used,
        setting=names.get("setting", ""),
        data=dataset.description,
        fingerprints=fingerprints(dataset, uses_profiles),
    )
