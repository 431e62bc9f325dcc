"""Every pair of backbone and alignment on real data, if they are there."""

import math
from pathlib import Path

import polars as pl
import pytest
import yaml

import real_data
from choices import PUBLISHED_ALIGNMENTS, PUBLISHED_BACKBONES
from rlmrec import compose
from rlmrec.cli import encode_text, prepare_data, train
from run_files import history, metrics
from tiny import command
from turns import by_turns


@pytest.fixture(scope="module")
def yelp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real interactions and profiles, encoded."""
    out = tmp_path_factory.mktemp("yelp") / "data"
    source = real_data.folder("xrec_yelp")
    assert command(prepare_data, "source=xrec_yelp", f"source.root={source}", f"out={out}") == 0
    assert command(encode_text, f"folder={out}") == 0
    return out


@pytest.mark.parametrize(("backbone", "align"), by_turns(PUBLISHED_BACKBONES, PUBLISHED_ALIGNMENTS))
def test_every_pair_trains_an_epoch_on_real_data_with_borrowed_hyper_parameters(
    backbone: str, align: str, yelp: Path, tmp_path: Path
) -> None:
    choices = (f"backbone={backbone}", f"align={align}", "preset=yelp")
    data = ("dataset=folder", f"dataset.root={yelp}")
    fast = ("trainer=cpu", "trainer.max_epochs=1", f"hydra.run.dir={tmp_path}")
    assert command(train, *choices, *data, *fast) == 0
    measured = metrics(tmp_path)
    assert len(measured) == 43, "18 of validation, as many of the test, 7 beyond accuracy"
    shares = ("recall", "long_tail_recall", "ndcg", "precision", "mrr", "hit_rate", "coverage", "gini")
    bounded = [value for name, value in measured.items() if name.partition("/")[2].startswith(shares)]
    assert len(bounded) == 2 * 15 + 3
    assert all(0 <= value <= 1 for value in bounded)
    assert measured["val/recall@20"] > 0
    losses = history(tmp_path).select(pl.col("^train/.*$"))
    assert losses.shape[0] == 1
    assert all(math.isfinite(loss) for loss in losses.row(0))
    used = yaml.safe_load((tmp_path / "config.yaml").read_text())
    published = compose(["dataset=yelp", f"backbone={backbone}", f"align={align}"])
    for part in ("backbone", "align", "recommender", "optimizer", "datamodule", "evaluation"):
        assert used[part] == published[part], part
