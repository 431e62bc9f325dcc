"""What may spoil a run is told before it begins."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

import parts
import tiny
from rlmrec.cli import train
from rlmrec.data.dataset import Dataset
from rlmrec.evaluation import EvaluationProtocol
from rlmrec.training.findings import findings


def told(dataset: Dataset, align: str = "contrastive", **protocol: Any) -> list[str]:
    return findings(*parts.built(dataset, align=align, evaluation=EvaluationProtocol(**protocol)))


def most_items(dataset: Dataset) -> int:
    """Items that are left to rank for the user with the fewest training items, by a loop."""
    rows = zip(dataset.train.toarray(), dataset.val.toarray(), strict=True)
    return max(int((train == 0).sum()) for train, val in rows if val.any())


def test_sound_data() -> None:
    assert told(tiny.dataset()) == told(tiny.dataset(), align="none") == []


def test_a_monitor_that_is_the_same_for_every_model() -> None:
    dataset = tiny.dataset()
    most = most_items(dataset)
    assert told(dataset, ks=(most - 1,), monitor=f"val/recall@{most - 1}") != [], "for most users it is the same"
    half = most // 2
    assert told(dataset, ks=(5, most), monitor=f"val/recall@{most}")[0] == (
        f"evaluation.monitor=val/recall@{most} is the same whatever is ranked, so that the first epoch is selected: no "
        f"user has more than {most} items left to rank in validation; set evaluation.monitor=val/ndcg@{most}, or "
        f"evaluation.ks=[1,{half}] "
        f"evaluation.monitor=val/recall@{half}"
    )
    assert told(dataset, ks=(1, half), monitor=f"val/recall@{half}") == []


def test_an_ordered_monitor_may_see_all_items_but_other_metrics_are_told() -> None:
    dataset = tiny.dataset()
    (line,) = told(dataset, ks=(5, 100), monitor="val/ndcg@100")
    assert line == (
        f"no user has more than {most_items(dataset)} items left to rank, so that recall@100, precision@100, "
        "hit_rate@100 are the same for every model: ask for shorter rankings in evaluation.ks"
    )


def test_masked_validation_items_and_cold_items_count() -> None:
    dataset = tiny.dataset()
    seen = (dataset.train + dataset.val).toarray()[np.diff(dataset.test.indptr) > 0]
    left = int((seen == 0).sum(axis=1).max())
    assert left < most_items(dataset)
    ranked: dict[str, Any] = {"ks": (5, left), "monitor": "val/recall@5"}
    assert told(dataset, **ranked) == []
    assert f"no user has more than {left} items left" in told(dataset, **ranked, mask="train+val")[0]
    train = dataset.train.toarray()
    train[:, :4] = 0
    cold = replace(dataset, train=csr_array(train))
    assert told(cold) == []
    assert "no user has more than 4 items left to rank in validation" in told(cold, item_pool="cold")[0]


def test_a_monitor_that_is_the_same_for_most_users() -> None:
    dataset = tiny.dataset()
    train = np.ones((tiny.NUM_USERS, tiny.NUM_ITEMS), np.float32) - (dataset.val + dataset.test).toarray()
    train[:20] = dataset.train.toarray()[:20]
    lines = told(replace(dataset, train=csr_array(train)), align="none")
    assert len(lines) == 1
    found = re.match(
        r"evaluation.monitor=val/recall@20 is the same whatever is ranked for (\d+) of (\d+) \(.*\) users", lines[0]
    )
    assert found and int(found[1]) <= 40
    assert lines[0].endswith("set evaluation.monitor=val/ndcg@20")


def test_embeddings_that_tell_nothing_matter_to_those_who_use_them() -> None:
    dataset = tiny.dataset()
    assert dataset.user_embeddings is not None
    dataset.user_embeddings[5:] = dataset.user_embeddings[5]
    dataset = replace(dataset, embeddings_info={"mean_vectors": {"users": 55, "items": 0}})
    (line,) = told(dataset)
    assert line.startswith("55 of 60 (91.7 %) user embeddings are one and the same vector, that of user 5 for instance")
    assert "55 users got the mean vector" in line
    assert told(dataset, align="none") == []
    assert told(replace(dataset, user_embeddings=np.array(dataset.user_embeddings)), align="generative") == [line]


def test_options_without_an_effect() -> None:
    plain, reading = (parts.built(tiny.dataset(), align=align) for align in ("none", "contrastive"))
    told = ["text_ablation=shuffled has no effect: no part of the model reads profiles"]
    assert findings(*plain, text_ablation="shuffled", scheduled=True) == told
    assert findings(*reading, text_ablation="shuffled", scheduled=True) == []
    fitted = parts.built(tiny.dataset(), "pop", "none")
    assert findings(*fitted, scheduled=True) == ["scheduler: no effect, since Pop is fitted, not trained"]
    words = ["backbone=pop", "optimizer.lr=-1", "trainer.max_epochs=3", "seed=1"]
    told = ["optimizer.lr=-1, trainer.max_epochs=3: no effect, since Pop is fitted, not trained"]
    assert findings(*fitted, overrides=words) == told
    assert findings(*plain, overrides=words) == []
    assert findings(*fitted) == []


def test_a_run_shows_warnings(tiny_folder: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    arguments = tiny.train_arguments(tiny_folder, run, "align=none", "trainer.max_epochs=1")
    words = ("evaluation.ks=[5,40]", "evaluation.monitor=val/recall@40", "text_ablation=random")
    assert tiny.command(train, *arguments, *words) == 0
    written = (run / "train.log").read_text()
    assert "WARNING" in written
    assert "evaluation.monitor=val/recall@40 is the same whatever is ranked" in written
    assert "recall@40, precision@40, hit_rate@40 are the same for every model" in written
    assert "text_ablation=random has no effect" in written
