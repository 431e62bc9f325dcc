"""The content that ``config.yaml`` and ``metrics.json`` may have: a run can come from somebody else."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from rlmrec.common.errors import UserError


class Names(BaseModel):
    """The names of a run."""

    model_config = ConfigDict(strict=True)

    dataset: str
    backbone: str
    align: str
    tags: list[str] | None = None
    setting: str = ""


class Options(BaseModel):
    """The groups of options that every run has; what is in them is checked where it is used."""

    model_config = ConfigDict(strict=True)

    names: Names
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


class Source(BaseModel):
    """The options of a run that another one begins with."""

    model_config = ConfigDict(strict=True)

    dataset: dict[str, Any]


class Results(BaseModel):
    """The types of results that are there; which must be there is for others to say."""

    model_config = ConfigDict(strict=True)

    experiment: str | None = None
    dataset: str = ""
    data: str = ""
    backbone: str = ""
    align: str = ""
    seed: int = 0
    embeddings: dict[str, Any] = {}
    fingerprints: dict[str, str | None] = {}
    parameters: int = 0
    best_epoch: int = 0
    epochs: int = 0
    fit_seconds: float | None = None
    cpu_seconds: float | None = None
    seconds_per_epoch: float | None = None
    seconds_to_best: float | None = None
    peak_memory_mb: float | None = None
    finished: str = ""
    metrics: dict[str, float] = {}


def refuse_wrong_types(content: dict[str, Any], kind: type[BaseModel], path: Path) -> None:
    """Refuse a file in which a part is absent, or of another type than a run writes.

    Args:
        content: of the file.
        kind: what it must hold.
        path: of the file, for the message.

    Raises:
        UserError: names the first such part.
    """
    try:
        kind.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(f"{path} is damaged: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
