"""The options that a command takes itself, with their types; all others are checked by the parts that take them."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import MinLen
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf, open_dict
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PositiveInt, StringConstraints, ValidationError

from rlmrec.common.errors import UserError
from rlmrec.common.option_types import ColdFromText, FilterSeen, ItemPool, Mask, OnUnknown, RankingLength


def _may_be_made(place: str) -> str:
    if not Path(place).name or Path(place).name == "..":
        raise ValueError("there is such a folder always: name a new one")
    return place


Place = Annotated[str, StringConstraints(min_length=1)]
"""A file or folder that exists; its name may be a number."""
NewPlace = Annotated[Place, AfterValidator(_may_be_made)]
"""A file or folder to be written."""
Words = list[Annotated[str, StringConstraints(min_length=1)]]


class OwnOptions(BaseModel):
    """Options of one command."""

    model_config = ConfigDict(coerce_numbers_to_str=True)


class TrainOptions(OwnOptions):
    """Of ``train``."""

    experiment: Place | None
    study: NewPlace | None
    on_failure: Literal["continue", "stop"]
    trust: Words
    resume: Place | None
    initialise_from: Place | None
    tags: Words | None


class ScoreOptions(TrainOptions):
    """Of ``score``."""

    recommendations: Place | None
    name: Annotated[str, StringConstraints(pattern=r"^\w[\w.-]*$")]


class EvaluateOptions(OwnOptions):
    """Of ``evaluate``."""

    run: Place | None
    source: Literal["weights", "recommendations"] = Field(alias="from")
    trust: Words
    mask: Mask | None
    item_pool: ItemPool | None
    cold_from_text: ColdFromText | None
    ks: Annotated[list[RankingLength], MinLen(1)] | None
    json_: bool = Field(alias="json")


class RecommendOptions(OwnOptions):
    """Of ``recommend``."""

    run: Place | None
    users: Place | Words | None
    histories: Place | None
    profiles: Place | None
    new_items: Place | None
    k: RankingLength
    filter_seen: FilterSeen
    items: Place | Words | None
    exclude: Place | Words
    on_unknown: OnUnknown
    out: NewPlace | None
    trust: Words


class RerankOptions(OwnOptions):
    """Of ``rerank``."""

    run: Place | None
    k: RankingLength
    users: Literal["all"] | PositiveInt
    answer_tokens: PositiveInt
    dry_run: bool
    out: NewPlace | None
    trust: Words


class SimilarOptions(OwnOptions):
    """Of ``similar``."""

    run: Place | None
    items: Words | None
    users: Words | None
    k: RankingLength
    trust: Words


class ExportOptions(OwnOptions):
    """Of ``export``."""

    run: Place | None
    to: NewPlace | None
    trust: Words


class ReportOptions(OwnOptions):
    """Of ``report``."""

    runs: Place | Words
    out: NewPlace | None
    metrics: Place | Words | None
    page: bool
    trust: Words


class PrepareDataOptions(OwnOptions):
    """Of ``prepare_data``."""

    out: NewPlace | None
    check: Place | None
    allow_empty_training_rows: bool


class WriteProfilesOptions(OwnOptions):
    """Of ``write_profiles``."""

    folder: Place
    dry_run: bool
    check: bool
    write_batch: NewPlace | None
    read_batch: Place | None
    batch_limit: PositiveInt


class EncodeTextOptions(OwnOptions):
    """Of ``encode_text``."""

    folder: Place
    dtype: Literal["float32", "float16"]
    replace: bool
    cache: NewPlace | None


class ImportOptions(OwnOptions):
    """Of ``import_profiles`` and ``import_embeddings``."""

    folder: Place
    users: Place | None
    items: Place | None


class DashboardOptions(OwnOptions):
    """Of ``dashboard``."""

    entity: Place | None
    project: Place
    name: Place
    monitor: Place
    metrics: Words
    json_: bool = Field(alias="json")


def checked(task: Callable[[DictConfig], Any], kind: type[OwnOptions]) -> Callable[[DictConfig], Any]:
    """Make a task check its own options before it begins, and see numbers as text where they are names.

    Args:
        task: of a command.
        kind: its options. One without a value that has no default is left to the task.

    Raises:
        UserError: names every option of a wrong type or out of range.
    """

    def checking(config: DictConfig) -> Any:
        _refuse_added(HydraConfig.get())
        names = [field.alias or name for name, field in kind.model_fields.items()]
        given = {name: _plain(config, name) for name in names if not OmegaConf.is_missing(config, name)}
        try:
            values = kind.model_validate(given).model_dump(by_alias=True)
        except ValidationError as error:
            first = {str(found["loc"][0]): found for found in reversed(error.errors()) if found["type"] != "missing"}
            if first:
                told = [_told(name, given[name], found["msg"]) for name, found in first.items()]
                raise UserError("; ".join(told)) from None
        else:
            with open_dict(config):
                config.update({name: values[name] for name in given})
        return task(config)

    return checking


def _refuse_added(hydra: Any) -> None:
    """Refuse an option that was added on the command line, although nothing takes it.

    Raises:
        UserError: names the first.
    """
    for word in hydra.overrides.task:
        name = re.match(r"\+\+?(\w+)=", word)
        if name and name[1] not in hydra.runtime.choices:
            raise UserError(f"{word}: there is no such option; one of a part is added by +PART.{name[1]}=...")


def _plain(config: DictConfig, name: str) -> Any:
    value = config[name]
    return OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value


def _told(name: str, value: Any, reason: str) -> str:
    reason = reason.removeprefix("Value error, ").replace("String should have", "it must have")
    return f"{name}={value}: {reason[0].lower()}{reason[1:]}"
