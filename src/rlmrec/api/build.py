"""Construction of a model and its data from options."""

from inspect import signature
from typing import Any, NamedTuple

from rlmrec.common.errors import UserError
from rlmrec.data.datamodule import InteractionDataModule
from rlmrec.data.dataset import Dataset, DatasetLoader
from rlmrec.options.run_name import NEUTRAL
from rlmrec.options.validate_options import instantiate_parts
from rlmrec.training.build import build_model
from rlmrec.training.parts import mismatch, profile_readers
from rlmrec.training.ranker import Ranker

MODEL_OPTIONS = tuple(name for name in signature(build_model).parameters if name != "dataset")
"""Names of the options that determine a model, besides the dataset."""


class Built(NamedTuple):
    """A freshly initialised model and its data.

    Args:
        model: the LightningModule.
        data: the LightningDataModule; ``data.dataset`` has interactions, titles and profile embeddings.
    """

    model: Ranker
    data: InteractionDataModule


def build(options: dict[str, Any], dataset: Dataset | None = None) -> Built:
    """Return a freshly initialised model and its data.

    Args:
        options: options as returned by ``compose``.
        dataset: dataset to use instead of the one in the options.

    Raises:
        UserError: if options are wrong or do not fit the data; the message names them.

    Examples:
        >>> model, data = build(compose(["backbone=sgl"]))
        >>> pytorch_lightning.Trainer(max_epochs=1, reload_dataloaders_every_n_epochs=1).fit(model, data)
    """
    if "backbone" not in options or "align" not in options:
        raise UserError("backbone and align are missing: options are what rlmrec.compose returns")
    needed = {name: options[name] for name in MODEL_OPTIONS if name in options}
    parts = instantiate_parts(needed, build_model)
    if reason := mismatch(**_model_parts(parts)):  # build_model checks this too, but only after a dataset is loaded
        raise UserError(reason)
    return Built(*build_model(load_dataset(options) if dataset is None else dataset, **parts))


def parts_mismatch(options: dict[str, Any]) -> str | None:
    """Return why the model parts that options name cannot be combined, or None if they can.

    Args:
        options: options as returned by ``compose``.

    Raises:
        UserError: if options of these parts are wrong; the message names them.
    """
    parts = instantiate_parts(_model_parts(options), build_model)
    return mismatch(**parts) if "backbone" in parts else None


def uses_text(options: dict[str, Any]) -> bool:
    """Return whether any model part that options name uses profile embeddings.

    Args:
        options: options as returned by ``compose``.

    Raises:
        UserError: if options of these parts are wrong; the message names them.
    """
    return bool(profile_readers(*instantiate_parts(_model_parts(options), build_model).values()))


def _model_parts(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options of the backbone and of the parts combined with it, as far as they are present."""
    return {name: options[name] for name in ("backbone", *NEUTRAL) if options.get(name) is not None}


def load_dataset(options: dict[str, Any], download: bool = True) -> Dataset:
    """Return the dataset that options name, without interaction noise and text ablation.

    Args:
        options: options as returned by ``compose``.
        download: whether a published dataset may be downloaded if it is absent.

    Raises:
        UserError: if options are wrong, or a file is missing or damaged; the message names them.
    """
    source = options["dataset"]
    if not download and source.keys() & {"download", "url"}:
        source = source | {"download": False}
    return load_source(**instantiate_parts({"dataset": source}, load_source))


def load_source(dataset: DatasetLoader) -> Dataset:
    """Return the dataset that a loader loads.

    Raises:
        UserError: if the loader returns anything other than a ``Dataset``.
    """
    loaded = dataset.load()
    if not isinstance(loaded, Dataset):
        found = f"{type(dataset).__name__}.load() returned a {type(loaded).__name__}"
        raise UserError(f"dataset: {found}; it must return a rlmrec.data.Dataset")
    return loaded
