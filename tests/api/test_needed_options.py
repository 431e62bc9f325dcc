"""Options without which nothing can be trained."""

from pathlib import Path

import pytest

from rlmrec import compose, train
from rlmrec.common.errors import UserError


@pytest.mark.parametrize("name", ["names", "dataset", "trainer"])
def test_a_needed_option_is_missed_before_anything_is_done(name: str) -> None:
    options = compose(["backbone=pop", "align=none"])
    del options[name]
    with pytest.raises(UserError, match=f"^{name} is missing: it cannot be left out$"):
        train(options)


def test_a_misspelt_option_is_told(tmp_path: Path) -> None:
    options = compose(["backbone=pop", "align=none"]) | {"optimzer": {"lr": 1}}
    with pytest.raises(UserError, match=r"^unknown option 'optimzer'; did you mean optimizer"):
        train(options, tmp_path / "run")


def test_a_mistake_leaves_no_folder(tmp_path: Path) -> None:
    options = compose(["backbone=pop", "align=none"]) | {"seed": -1}
    with pytest.raises(UserError, match="seed=-1"):
        train(options, tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("words", [["experiment=finetune", "align=none"], ["backbone=pop", "align=none"]])
def test_names_that_choices_or_other_commands_add_are_no_mistakes(words: list[str], tmp_path: Path) -> None:
    options = compose(words) | {"recommendations": None, "name": None, "seed": -1}
    with pytest.raises(UserError, match="seed=-1"):
        train(options, tmp_path / "run")
