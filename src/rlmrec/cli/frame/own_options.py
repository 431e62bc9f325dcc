"""The options that a command itself takes, with their types; the parts that take other options validate those."""

from pathlib import Path
from typing import Annotated, Literal

from annotated_types import MinLen
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PositiveInt, StringConstraints

from rlmrec.cli.frame.typed_words import as_typed, some
from rlmrec.common.option_types import ColdFromText, FilterSeen, ItemPool, Mask, OnUnknown, RankingLength


def _may_be_made(place: str) -> str:
    if not Path(place).name or Path(place).name == "..":
        raise ValueError("this folder always exists: name a new one")
    return place


def _all_or_some(users: str | int) -> str | int:
    if users != "all" and (not isinstance(users, int) or users < 1):
        raise ValueError("it must be all, or a number of users from 1 on")
    return users


Place = Annotated[str, StringConstraints(min_length=1)]
"""An existing file or folder, whose name may be a number."""
NewPlace = Annotated[Place, AfterValidator(_may_be_made)]
"""A file or folder to write."""
Words = Annotated[list[Annotated[str, StringConstraints(min_length=1)]], BeforeValidator(as_typed)]
PlaceOrWords = Annotated[Place | Words, BeforeValidator(as_typed)]
"""A file with names, or a list of the names."""


class OwnOptions(BaseModel):
    """Options of one command."""

    model_config = ConfigDict(coerce_numbers_to_str=True)


class TrainOptions(OwnOptions):
    """Options of ``train``."""

    experiment: Place | None
    study: NewPlace | None
    on_failure: Literal["continue", "stop"]
    trust: Words
    resume: Place | None
    initialise_from: Place | None
    tags: Words | None


class ScoreOptions(TrainOptions):
    """Options of ``score``."""

    recommendations: Place | None
    name: Annotated[str, StringConstraints(pattern=r"^\w[\w.-]*$")]


class EvaluateOptions(OwnOptions):
    """Options of ``evaluate``."""

    run: Place | None
    source: Literal["weights", "recommendations"] = Field(alias="from")
    trust: Words
    mask: Mask | None
    item_pool: ItemPool | None
    cold_from_text: ColdFromText | None
    ks: Annotated[list[RankingLength], MinLen(1)] | None
    json_: bool = Field(alias="json")


class RecommendOptions(OwnOptions):
    """Options of ``recommend``."""

    run: Place | None
    users: Annotated[PlaceOrWords, BeforeValidator(some)] | None
    histories: Place | None
    profiles: Place | None
    new_items: Place | None
    k: RankingLength
    filter_seen: FilterSeen
    items: PlaceOrWords | None
    exclude: PlaceOrWords
    on_unknown: OnUnknown
    out: NewPlace | None
    trust: Words


class RerankOptions(OwnOptions):
    """Options of ``rerank``."""

    run: Place | None
    k: RankingLength
    users: Annotated[Literal["all"] | int, AfterValidator(_all_or_some)]
    answer_tokens: PositiveInt
    dry_run: bool
    out: NewPlace | None
    trust: Words


class ServeOptions(OwnOptions):
    """Options of ``serve``."""

    run: Place | None
    compare: Place | None
    host: Place
    port: Annotated[int, Field(ge=0, le=65535)]
    token_variable: Place | None
    names: Words
    trust: Words


class SimilarOptions(OwnOptions):
    """Options of ``similar``."""

    run: Place | None
    items: Annotated[Words, BeforeValidator(some)] | None
    users: Annotated[Words, BeforeValidator(some)] | None
    k: RankingLength
    trust: Words


class ExportOptions(OwnOptions):
    """Options of ``export``."""

    run: Place | None
    to: NewPlace | None
    trust: Words


class ReportOptions(OwnOptions):
    """Options of ``report``."""

    runs: PlaceOrWords
    out: NewPlace
    metrics: PlaceOrWords | None
    page: bool
    trust: Words


class PrepareDataOptions(OwnOptions):
    """Options of ``prepare_data``."""

    out: NewPlace | None
    check: Place | None
    allow_empty_training_rows: bool


class WriteProfilesOptions(OwnOptions):
    """Options of ``write_profiles``."""

    folder: Place
    dry_run: bool
    check: bool
    write_batch: NewPlace | None
    read_batch: Place | None
    batch_limit: PositiveInt


class EncodeTextOptions(OwnOptions):
    """Options of ``encode_text``."""

    folder: Place
    dtype: Literal["float32", "float16"]
    replace: bool
    cache: NewPlace | None


class ImportOptions(OwnOptions):
    """Options of ``import_profiles`` and ``import_embeddings``."""

    folder: Place
    users: Place | None
    items: Place | None


class DashboardOptions(OwnOptions):
    """Options of ``dashboard``."""

    entity: Place | None
    project: Place
    name: Place
    monitor: Place
    metrics: Words
    json_: bool = Field(alias="json")
