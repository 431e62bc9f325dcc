from collections.abc import Iterator
from pathlib import Path

import optuna
import pytest
from hydra.core.utils import JobReturn, JobStatus
from optuna.distributions import FloatDistribution
from optuna.trial import TrialState

from rlmrec.common.errors import UserError
from rlmrec.search.pruning import Pruning
from rlmrec.search.shared_search import SharedSearch

SPACE = {"x": FloatDistribution(0, 1)}


def study(folder: Path, options: tuple[str, ...] = ("a=1",), monitor: str = "val/recall@20") -> SharedSearch:
    return SharedSearch(folder, dict(SPACE), list(options), monitor, optuna.samplers.TPESampler, seed=0)


def done(value: float) -> JobReturn:
    job = JobReturn(status=JobStatus.COMPLETED)
    job.return_value = value
    return job


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[SharedSearch, SharedSearch]]:
    """Two processes, so to say, at one search."""
    with study(tmp_path) as first, study(tmp_path) as second:
        yield first, second


def test_processes_share_the_trials(two: tuple[SharedSearch, SharedSearch]) -> None:
    first, second = two
    first.start_from({"x": 0.5})
    second.start_from({"x": 0.5})
    (mine,), theirs = first.ask(3, 1), second.ask(3, 5)
    assert mine.params == {"x": 0.5}, "the starting point once"
    assert [trial.number for trial in theirs] == [1, 2]
    assert len({trial.params["x"] for trial in (mine, *theirs)}) == 3
    assert first.ask(3, 1) == [], "all are begun, and their process is alive"
    second.tell(theirs[0], done(0.25))
    assert [trial.value for trial in first.trials] == [None, 0.25, None]


def test_trials_of_a_process_that_is_gone_are_tried_again(tmp_path: Path) -> None:
    with study(tmp_path) as gone:
        (lost, kept) = gone.ask(2, 2)
    results = tmp_path / f"trial-{kept.number}" / "metrics.json"
    results.parent.mkdir()
    results.write_text('{"metrics": {"val/recall@20": 0.75, "test/recall@20": 1.0}}')
    with study(tmp_path) as goes_on:
        (again,) = goes_on.ask(2, 2)
        assert again.number == 2
        assert again.params == lost.params
        states = [trial.state for trial in goes_on.trials]
        assert states == [TrialState.FAIL, TrialState.COMPLETE, TrialState.RUNNING]
        assert goes_on.trials[1].value == 0.75, "the validation metric of its results"
        goes_on.tell(again, done(0.5))
        assert goes_on.ask(2, 1) == []


def test_damaged_results_of_a_trial_are_named(tmp_path: Path) -> None:
    with study(tmp_path) as gone:
        gone.ask(1, 1)
    (tmp_path / "trial-0").mkdir()
    (tmp_path / "trial-0" / "metrics.json").write_text('{"metrics": {}}')
    with pytest.raises(UserError, match=r"metrics\.json is damaged or lacks val/recall@20: remove"), study(tmp_path):
        pass


def test_only_a_trial_that_is_being_searched_is_reported_on(tmp_path: Path) -> None:
    pruner = optuna.pruners.NopPruner()
    assert Pruning(str(tmp_path), 0, pruner)._running_trial(0) is None, "no study"
    with study(tmp_path) as search:
        (trial,) = search.ask(1, 1)
        found = Pruning(str(tmp_path), 0, pruner)._running_trial(0)
        assert found is not None
        assert found.params == trial.params
        search.tell(trial, done(0.5))
    assert Pruning(str(tmp_path), 0, pruner)._running_trial(0) is None, "its run goes on by itself, with resume="


def test_a_failure_counts_until_the_search_is_started_again(tmp_path: Path) -> None:
    job = JobReturn(status=JobStatus.FAILED)
    job.return_value = ValueError("of\nno use")
    with study(tmp_path) as search:
        (trial,) = search.ask(1, 1)
        assert isinstance(search.tell(trial, job), ValueError)
        assert search.trials[0].user_attrs["error"] == "of no use"
        assert search.ask(1, 1) == []
    with study(tmp_path) as mended:
        (trial,) = mended.ask(1, 1)
        mended.tell(trial, done(0.5))
        assert mended.ask(1, 1) == []
        assert [trial.state for trial in mended.trials] == [TrialState.FAIL, TrialState.COMPLETE]


def test_what_failed_is_not_proposed_again_and_a_value_is_a_number(tmp_path: Path) -> None:
    job = JobReturn(status=JobStatus.FAILED)
    job.return_value = ValueError("x")
    with study(tmp_path) as search:
        for _ in range(3):
            (trial,) = search.ask(9, 1)
            assert isinstance(search.tell(trial, job if trial.number == 1 else done(0.5)), ValueError | None)
        (trial,) = search.ask(9, 1)
        assert "is nan" in str(search.tell(trial, done(float("nan"))))
    with study(tmp_path) as mended:
        again = [mended.ask(9, 1)[0] for _ in range(5)]
        assert len({trial.params["x"] for trial in mended.trials}) == 4 + len(again)


def test_trials_left_behind_are_taken_over_when_a_search_begins(tmp_path: Path) -> None:
    with study(tmp_path) as gone:
        gone.ask(2, 1)
    with study(tmp_path) as search:
        assert [trial.state for trial in search.trials] == [TrialState.FAIL, TrialState.WAITING]


def test_a_folder_is_for_one_search_only(tmp_path: Path) -> None:
    study(tmp_path)
    with pytest.raises(UserError, match="other options"):
        study(tmp_path, options=("a=2",))
    with pytest.raises(UserError, match="other monitor"):
        study(tmp_path, monitor="val/ndcg@20")
