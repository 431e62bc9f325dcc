"""What of the options of a study's runs may differ, and who works in their folders."""

from pathlib import Path

import pytest
import yaml

from rlmrec.cli.sweeps.study import is_finished
from rlmrec.common.errors import UserError
from rlmrec.runs.folder import RunFolder

OPTIONS = {"seed": 1, "trainer": {"max_epochs": 4}, "logger": {"csv": {"x": 1}}, "tags": [], "names": {"tags": []}}


def folder(path: Path, *files: str) -> RunFolder:
    run = RunFolder(path)
    run.claim(yaml.safe_dump(OPTIONS))
    for name in files:
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_text('{"metrics": {"val/recall@20": 0.5}}')
    return run


@pytest.mark.parametrize("left", ["metrics.json", "checkpoints/last.ckpt"])
def test_what_was_learned_under_other_options_is_not_gone_on_with(left: str, tmp_path: Path) -> None:
    run = folder(tmp_path / "cell", left)
    assert is_finished(run, OPTIONS) == (left == "metrics.json")
    with pytest.raises(UserError, match=r"other options: trainer.max_epochs=5 \(there 4\); choose another study=NAME"):
        is_finished(run, OPTIONS | {"trainer": {"max_epochs": 5}})
    with pytest.raises(UserError, match=r"interaction_noise=0.1 \(there None\)"):
        is_finished(run, OPTIONS | {"interaction_noise": 0.1})


def test_where_results_are_logged_may_differ(tmp_path: Path) -> None:
    run = folder(tmp_path / "cell", "metrics.json")
    assert is_finished(run, OPTIONS | {"logger": {"wandb": {}}, "tags": ["x"], "names": {"tags": ["x"]}})


def test_what_is_measured_may_differ_and_may_be_absent_in_older_runs(tmp_path: Path) -> None:
    run = folder(tmp_path / "cell", "metrics.json")
    measured = {"metrics": {"recall": {"_target_": "x"}}, "list_metrics": {}}
    assert is_finished(run, OPTIONS | {"evaluation": measured})
    with pytest.raises(UserError, match=r"evaluation.monitor=val/f1@5"):
        is_finished(run, OPTIONS | {"evaluation": measured | {"monitor": "val/f1@5"}})


def test_a_start_without_checkpoint_may_be_made_anew(tmp_path: Path) -> None:
    run = folder(tmp_path / "cell")
    assert not is_finished(run, OPTIONS | {"seed": 2})
    run.claim("seed: 2\n", unfinished=True)
    assert run.options() == {"seed": 2}
    with pytest.raises(UserError, match="already holds a run"):
        run.claim("seed: 3\n")


def test_results_are_never_made_anew(tmp_path: Path) -> None:
    run = folder(tmp_path / "cell", "metrics.json")
    with pytest.raises(UserError, match="already holds a run"):
        run.claim("seed: 3\n", unfinished=True)


def test_the_stored_metric_is_returned(tmp_path: Path) -> None:
    run = folder(tmp_path / "cell", "metrics.json")
    assert run.metric("val/recall@20") == 0.5
    with pytest.raises(UserError, match="damaged or lacks val/ndcg@20"):
        run.metric("val/ndcg@20")


def test_one_process_at_a_time(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    with run.locked() as mine, RunFolder(tmp_path).locked() as yours:
        assert (mine, yours) == (True, False)
        assert run.is_locked()
    assert not run.is_locked()
