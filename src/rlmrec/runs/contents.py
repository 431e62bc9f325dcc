"""Schemas of ``config.yaml`` and ``metrics.json``, which may come from an untrusted source."""

from pathlib import Path
from typing import Annotated, Any

from annotated_types import Ge, Le
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from rlmrec.common.errors import UserError


def _one_line(name: str) -> str:
    if len(name.splitlines()) > 1:
        raise ValueError("a name of several lines")
    return name


def _measured(value: float) -> float:
    if abs(value) > LARGEST_METRIC:  # NaN, which stands for a missing value, passes
        raise ValueError("no metric has such a value")
    return value


LARGEST_METRIC = 1e30
Name = Annotated[str, AfterValidator(_one_line)]
Metric = Annotated[float, AfterValidator(_measured)]
Cost = Annotated[float, Ge(0), Le(LARGEST_METRIC)]


class RunNames(BaseModel):
    """The names of a run."""

    model_config = ConfigDict(strict=True)

    dataset: Name
    backbone: Name
    align: Name
    tags: list[str] | None = None
    setting: str = ""


class RunOptions(BaseModel):
    """The option groups that every run has; their content is checked where it is used."""

    model_config = ConfigDict(strict=True)

    names: RunNames
    seed: int
    dataset: dict[str, Any]
    backbone: dict[str, Any]
    align: dict[str, Any]
    recommender: dict[str, Any]
    datamodule: dict[str, Any]
    optimizer: dict[str, Any]
    evaluation: dict[str, Any]
    trainer: dict[str, Any]
    experiment: str | None = None
    initialise_from: str | None = None


NEEDED_OPTIONS = tuple(name for name, group in RunOptions.model_fields.items() if group.is_required())
"""Top-level options that training requires."""


class Source(BaseModel):
    """The options that are required of a run from which another is initialised."""

    model_config = ConfigDict(strict=True)

    dataset: dict[str, Any]


class RunResults(BaseModel):
    """The types of results; whether a result must be present is checked where it is used."""

    model_config = ConfigDict(strict=True)

    experiment: str | None = None
    dataset: Name = ""
    data: str = ""
    backbone: Name = ""
    align: Name = ""
    seed: int = 0
    embeddings: dict[str, Any] = {}
    fingerprints: dict[str, str | None] = {}
    parameters: int = 0
    best_epoch: int = 0
    epochs: int = 0
    fit_seconds: Cost | None = None
    cpu_seconds: Cost | None = None
    seconds_per_epoch: Cost | None = None
    seconds_to_best: Cost | None = None
    peak_memory_mb: Cost | None = None
    finished: str = ""
    metrics: dict[Name, Metric] = {}


def refuse_wrong_types(content: dict[str, Any], kind: type[BaseModel], path: Path) -> None:
    """Refuse a file in which a required part is absent or has another type than a run writes.

    Args:
        content: content of the file.
        kind: schema of the file.
        path: path of the file, for the message.

    Raises:
        UserError: if there is such a part; the message names the first one.
    """
    try:
        kind.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(f"{path} is damaged: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
