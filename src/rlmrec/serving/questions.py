"""Schemas of a server's questions, with their limits, and of its answers."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from rlmrec.common.option_types import OnUnknown

MOST_USERS, MOST_ITEMS, MOST_PLACES = 100, 1000, 100
LONGEST_ID, LONGEST_PROFILE = 1000, 10_000

Name = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ID)]
"""An external id."""
Length = Annotated[int, Field(ge=1, le=MOST_PLACES)]


class Question(BaseModel):
    """Options shared by all questions for lists."""

    model_config = ConfigDict(extra="forbid")

    k: Length = Field(default=10, description="items of a list")
    # Like FilterSeen, but without bool, for which pydantic would also accept "yes" and "on".
    filter_seen: Literal[True, False, "train", "train+val", "all"] = Field(
        default=True, description="interactions that lists leave out: those that the run's own test left out by default"
    )
    items: Annotated[list[Name], Field(max_length=MOST_ITEMS)] | None = Field(
        default=None, description="the only items that may be recommended"
    )
    exclude: Annotated[list[Name], Field(max_length=MOST_ITEMS)] = Field(
        default=[], description="items never recommended"
    )
    model: int = Field(default=0, ge=0, description="number of the model, as /api/models lists them")
    why: bool = Field(default=False, description="tell which items of the history are nearest to each recommendation")


class RecommendQuestion(Question):
    """A question for lists of users in the dataset."""

    users: Annotated[list[Name], Field(min_length=1, max_length=MOST_USERS)] = Field(description="external ids")
    on_unknown: OnUnknown = Field(
        default="raise", description="users that are not there: refused, left out, or given popular items"
    )


class FoldInQuestion(Question):
    """A question for the list of a user unseen in training."""

    history: Annotated[list[Name], Field(max_length=MOST_ITEMS)] = Field(
        default=[], description="external ids of items"
    )
    profile: Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_PROFILE)] = Field(
        default="", description="a text, encoded as the profiles of the dataset were"
    )


class Reason(BaseModel):
    """An item of the history near a recommended one; similarities are at most 1, and None if unknown."""

    item: str
    title: str
    collaborative: float | None = Field(description="by the model")
    text: float | None = Field(description="by the profiles of both")


class Place(BaseModel):
    """One recommended item with its rank in a list."""

    rank: int
    item: str
    title: str
    score: float
    because: list[Reason] = []


class UserList(BaseModel):
    """The list of a user."""

    user: str
    items: list[Place]


class ListsResponse(BaseModel):
    """The requested lists, in the order of the users."""

    lists: list[UserList]


class Neighbour(BaseModel):
    """A neighbour of an item or user."""

    rank: int
    neighbour: str
    title: str
    score: float


class Entity(BaseModel):
    """A user or an item."""

    id: str
    title: str
    profile: str = ""
    interactions: int


class Found(BaseModel):
    """One page of the users or items found by a search."""

    total: int
    entities: list[Entity]


class User(Entity):
    """A user with the items of the training interactions."""

    history: list[Entity]


class Model(BaseModel):
    """The description of an available model."""

    number: int
    name: str
    backbone: str
    align: str
    dataset: str
    users: int
    items: int
    takes_profiles: bool = Field(description="whether somebody new can be told by a profile text")


class Health(BaseModel):
    """The status of the server."""

    status: Literal["ok"] = "ok"
    models: int
    waiting: int = Field(description="requests that wait for an answer")
