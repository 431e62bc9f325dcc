"""What the tests keep of Hydra's work is what Hydra would make again."""

import pytest
from hydra._internal import config_loader_impl
from omegaconf import OmegaConf

import composed_once
from rlmrec.common.errors import UserError
from rlmrec.options.compose import composed

COMMANDS = [
    ["backbone=sgl", "align=none", "optimizer.lr=0.1"],
    ["backbone=ease", "dataset=folder", "dataset.root=x"],
    ["experiment=main_table", "study=mine", "backbone=simgcl"],
    ["hydra=study", "study=mine", "seed=7", "+hydra.job.env_set.NAME=value"],
    ["dataset=amazon", "preset=yelp", "hparams=optuna"],
    ["~logger", "debug=fast"],
]


def made(words: list[str]) -> str:
    with composed(words) as config:
        return OmegaConf.to_yaml(config)


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_gives_the_same_options_again_and_without_memory(
    words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, again = made(words), made(words)
    assert first == again
    monkeypatch.setattr(config_loader_impl, "create_defaults_list", composed_once._choose)
    assert made(words) == first


def test_other_values_are_no_part_of_what_is_kept() -> None:
    low, high = (made(["backbone=sgl", f"optimizer.lr={rate}"]) for rate in (0.1, 0.2))
    assert low.replace("lr=0.1", "lr=0.2").replace("lr: 0.1", "lr: 0.2") == high


def test_mistakes_stay_mistakes() -> None:
    for _ in range(2):
        with pytest.raises(UserError, match="did you mean"):
            made(["backbone=lightgcm"])
