"""From options to a model and its data."""

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
    """Return a freshly initialised model, and its data.

    Args:
        options: as ``compose`` returns them.
        dataset: used instead of the one that the options name.

    Raises:
        UserError: names every option that is wrong or does not fit the data.

    Examples:
        >>> model, data = build(compose(["backbone=sgl"]))
        >>> pytorch_lightning.Trainer(max_epochs=1, reload_dataloaders_every_n_epochs=1).fit(model, data)
    """
    if "backbone" not in options or "align" not in options:
        raise UserError("backbone and align are missing: options are what rlmrec.compose returns")
    needed = {name: options[name] for name in MODEL_OPTIONS if name in options}
    parts = instantiate_parts(needed, build_model)
    if reason := mismatch(**_model_parts(parts)):  # as build_model does, but before a dataset is loaded
        raise UserError(reason)
    return Built(*build_model(load_dataset(options) if dataset is None else dataset, **parts))


def parts_mismatch(options: dict[str, Any]) -> str | None:
    """Return why the parts of a model that some options name cannot be together; None if they can.

    Args:
        options: as ``compose`` returns them.

    Raises:
        UserError: names every option of theirs that is wrong.
    """
    parts = instantiate_parts(_model_parts(options), build_model)
    return mismatch(**parts) if "backbone" in parts else None


def uses_text(options: dict[str, Any]) -> bool:
    """Return whether a part of the model that some options name uses profile embeddings.

    Args:
        options: as ``compose`` returns them.

    Raises:
        UserError: names every option of theirs that is wrong.
    """
    return bool(profile_readers(*instantiate_parts(_model_parts(options), build_model).values()))


def _model_parts(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options of the backbone and of the parts that go with it, where there are some."""
    return {name: options[name] for name in ("backbone", *NEUTRAL) if options.get(name) is not None}


def load_dataset(options: dict[str, Any], download: bool = True) -> Dataset:
    """Return the dataset that the options name, without interaction noise and text ablation.

    Args:
        options: as ``compose`` returns them.
        download: whether a published dataset may be fetched where it is absent.

    Raises:
        UserError: names every option that is wrong, and the file that is missing or damaged.
    """
    source = options["dataset"]
    if not download and source.keys() & {"download", "url"}:
        source = source | {"download": False}
    return load_source(**instantiate_parts({"dataset": source}, load_source))


def load_source(dataset: DatasetLoader) -> Dataset:
    """Return the dataset that a part describes.

    Raises:
        UserError: if it returns something else.
    """
    loaded = dataset.load()
    if not isinstance(loaded, Dataset):
        found = f"{type(dataset).__name__}.load() returned a {type(loaded).__name__}"
        raise UserError(f"dataset: {found}; it must return a rlmrec.data.Dataset")
    return loaded
