"""Options against the type hints of what they configure."""

from typing import Any, Literal

import pytest
from pydantic import NonNegativeFloat, PositiveInt

from rlmrec.backbones import Backbone
from rlmrec.common.errors import UserError
from rlmrec.common.option_types import Rate
from rlmrec.options.validate_options import validate_options


class Part:
    """Is described by its constructor, which no check may call."""

    def __init__(
        self,
        size: PositiveInt = 1,
        rate: Rate = 0.5,
        weight: NonNegativeFloat = 0.0,
        mode: Literal["train", "train+val"] = "train",
        name: str | None = None,
        ks: tuple[PositiveInt, ...] = (),
        inner: Any = None,
    ) -> None:
        raise AssertionError("checking is not making")


def function(size: PositiveInt, **rest: Any) -> None:
    raise AssertionError("checking is not calling")


class Unreadable:
    def __init__(self, size: "NoSuchType") -> None:  # type: ignore[name-defined]  # noqa: F821
        pass


def node(target: type | Any = Part, **options: Any) -> dict[str, Any]:
    return {"_target_": f"{__name__}.{target.__name__}", "_partial_": True, **options}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"size": 3, "rate": 1, "weight": 0},
        {"mode": "train+val", "name": None, "ks": [5, 10]},
        {"name": "x", "ks": [], "inner": [1, "two", None]},
        {"inner": node(size=2)},
    ],
)
def test_right_options(options: dict[str, Any]) -> None:
    validate_options({"part": node(**options)})


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("size", 0, "greater than 0"),
        ("size", "three", "a whole number"),
        ("size", None, "a whole number"),
        ("size", [1], "a whole number"),
        ("size", 1.5, "a whole number"),
        ("rate", 0, "greater than 0"),
        ("rate", 1.01, "less than or equal to 1"),
        ("rate", float("nan"), "finite number"),
        ("weight", float("inf"), "finite number"),
        ("weight", -0.1, "greater than or equal to 0"),
        ("mode", "test", "'train' or 'train+val'"),
        ("name", 3, "string"),
        ("ks", 5, "a list, such as"),
        ("ks", [5, 0], "greater than 0"),
        # These would pass for numbers, but reach the code as what they are and fail there, in the middle of a run.
        ("size", 2.0, "a whole number"),
        ("size", "2", "a whole number"),
        ("rate", "0.5", "number"),
        ("ks", [5.0], "a whole number"),
    ],
)
def test_wrong_options_are_named_with_their_value(option: str, value: Any, reason: str) -> None:
    with pytest.raises(UserError) as refusal:
        validate_options({"part": node(**{option: value})})
    message = str(refusal.value)
    assert message.startswith(f"part.{option}={value!r}: ")
    assert reason in message
    assert "\n" not in message


def test_all_mistakes_are_named_at_once_with_their_place() -> None:
    options = {"logger": {"first": node(size=0), "second": node(function, size=-1)}, "part": node(inner=node(rate=2))}
    with pytest.raises(UserError) as refusal:
        validate_options(options)
    places = [problem.partition("=")[0] for problem in str(refusal.value).split("; ")]
    assert places == ["logger.first.size", "logger.second.size", "part.inner.rate"]


def test_what_has_no_readable_hints_is_left_to_the_code() -> None:
    validate_options(
        {"seed": -1, "part": node(Unreadable, size="anything"), "function": node(function, size=1, other=object())}
    )


@pytest.mark.parametrize("target", ["rlmrec.backbones.LightGNC", "rlmrec.backbnes.LightGCN", "LightGCN"])
def test_a_target_that_does_not_exist(target: str) -> None:
    with pytest.raises(UserError, match=f"backbone._target_='?{target}"):
        validate_options({"backbone": {"_target_": target}})


def test_what_a_class_of_a_library_does_with_other_options_is_its_own_matter() -> None:
    trainer = {"_target_": "rlmrec.training.trainer.Trainer", "_partial_": True}
    strategy = {"_target_": "pytorch_lightning.strategies.DDPStrategy", "broadcast_buffers": False}
    validate_options({"trainer": trainer | {"strategy": strategy, "max_epochs": 3}})
    with pytest.raises(UserError, match=r"trainer\.foo=5: Trainer has no such option"):
        validate_options({"trainer": trainer | {"foo": 5}})


class Unfinished(Backbone):
    """A backbone whose author forgot what each must have."""


def test_a_class_that_lacks_what_it_must_have_is_told() -> None:
    options = {"backbone": {"_target_": f"{__name__}.Unfinished", "_partial_": True}}
    with pytest.raises(UserError, match=r"backbone\._target_=.*Unfinished lacks embed, encode$"):
        validate_options(options)
