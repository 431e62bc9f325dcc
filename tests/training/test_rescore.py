"""Stored recommendations, scored again without their model."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_array
from torch_geometric.metrics import LinkPredMAP

import tiny
from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.data import InteractionDataModule
from rlmrec.data.dataset import Dataset
from rlmrec.evaluation import EvaluationProtocol
from rlmrec.evaluation.list_metrics import ListMetrics
from rlmrec.runs.folder import RunFolder
from rlmrec.training.callbacks import Recommendations
from rlmrec.training.testing.rescore import rescore
from scripted import matrix_factorisation, trainer

LENGTH = 20


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    """With a user who has nothing to be found."""
    test = tiny.dataset().test.toarray()
    test[3] = 0
    return dataclasses.replace(tiny.dataset(), test=csr_array(test))


@pytest.fixture(scope="module")
def tested(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> tuple[RunFolder, dict[str, float]]:
    """A folder with recommendations, and what the test measured of them."""
    folder = tmp_path_factory.mktemp("run")
    data = InteractionDataModule(dataset, batch_size=150)
    model = matrix_factorisation(data)
    model.list_metrics = ListMetrics(dataset)
    tester = trainer(folder, callbacks=[Recommendations(dataset, folder / "recommendations.parquet")])
    tester.test(model, datamodule=data, verbose=False)
    return RunFolder(folder), {name: float(value) for name, value in tester.callback_metrics.items()}


def test_the_same_metrics_have_the_same_values(tested: tuple[RunFolder, dict[str, float]], dataset: Dataset) -> None:
    folder, measured = tested
    assert rescore(folder, dataset, LENGTH, EvaluationProtocol()) == measured


def test_other_metrics_and_lengths(tested: tuple[RunFolder, dict[str, float]], dataset: Dataset) -> None:
    folder, _ = tested
    protocol = EvaluationProtocol(ks=(1, 3), metrics={"map": LinkPredMAP}, list_metrics={"seen": lambda *_: 7.0})
    found = rescore(folder, dataset, LENGTH, protocol)
    assert list(found) == ["test/map@1", "test/map@3", "test/seen@3"]
    lists = pl.read_parquet(folder.path / "recommendations.parquet").filter(pl.col("rank") == 1)
    assert found["test/map@1"] == pytest.approx(lists["hit"].mean(), rel=1e-5)
    assert found["test/seen@3"] == 7


def test_lengths_beyond_the_stored_lists_are_named(
    tested: tuple[RunFolder, dict[str, float]], dataset: Dataset
) -> None:
    with pytest.raises(UserError, match=r"^ks=21,50 is impossible: the stored lists have 20 places; leave out from="):
        rescore(tested[0], dataset, LENGTH, EvaluationProtocol(ks=(5, 21, 50)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"user": 10**6}, "holds other users, ranks or items than tiny"),
        ({"item": 10**6}, "holds other users, ranks or items than tiny"),
        ({"rank": 21}, "holds other users, ranks or items than tiny"),
        ({"rank": 0}, "holds other users, ranks or items than tiny"),
        ({"rank": 2}, "a user has two items of the same rank"),
        ({"item": "of the next rank"}, "a user has the same item at two ranks"),
        ({"hit": None}, "does not fit the test split of tiny"),
    ],
)
def test_lists_that_do_not_belong_to_the_dataset_are_refused(
    change: dict[str, Any], message: str, tested: tuple[RunFolder, dict[str, float]], dataset: Dataset, tmp_path: Path
) -> None:
    rows = pl.read_parquet(tested[0].path / "recommendations.parquet").sort("user", "rank")
    first = pl.int_range(pl.len()) == 0
    if isinstance(change.get("item"), str):
        change = {name: rows[name][1] for name in ("item", "hit")}
    changes = {
        name: pl.when(first).then(~pl.col(name) if value is None else pl.lit(value)).otherwise(pl.col(name))
        for name, value in change.items()
    }
    rows.with_columns(**changes).write_parquet(tmp_path / "recommendations.parquet")
    with pytest.raises(UserError, match=message):
        rescore(RunFolder(tmp_path), dataset, LENGTH, EvaluationProtocol())


def test_a_run_without_recommendations(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(MissingFilesError, match="leave out from=recommendations to rank again"):
        rescore(RunFolder(tmp_path), dataset, LENGTH, EvaluationProtocol())


def test_users_whom_the_run_did_not_test_do_not_count(
    tested: tuple[RunFolder, dict[str, float]], dataset: Dataset, tmp_path: Path
) -> None:
    """As after ``trainer.limit_test_batches``."""
    some = dataset.test_users[::2]
    lists = pl.read_parquet(tested[0].path / "recommendations.parquet")
    lists.filter(pl.col("user").is_in(some)).write_parquet(tmp_path / "recommendations.parquet")
    pl.DataFrame({"user": some, "external_id": ""}).write_parquet(tmp_path / "per_user_test.parquet")
    test = dataset.test.toarray()
    test[np.setdiff1d(np.arange(tiny.NUM_USERS), some)] = 0
    others_without = dataclasses.replace(dataset, test=csr_array(test))
    found = rescore(RunFolder(tmp_path), dataset, LENGTH, EvaluationProtocol())
    (tmp_path / "per_user_test.parquet").unlink()
    assert found == rescore(RunFolder(tmp_path), others_without, LENGTH, EvaluationProtocol())


def test_users_whose_lists_are_empty_count(dataset: Dataset, tmp_path: Path) -> None:
    nothing = {"user": [], "rank": [], "item": [], "score": [], "hit": []}
    kinds = {"user": pl.Int64, "rank": pl.Int64, "item": pl.Int64, "score": pl.Float32, "hit": pl.Boolean}
    pl.DataFrame(nothing, schema=kinds).write_parquet(tmp_path / "recommendations.parquet")
    found = rescore(RunFolder(tmp_path), dataset, LENGTH, EvaluationProtocol())
    assert found["test/recall@20"] == found["test/coverage@20"] == 0 and "test/novelty@20" not in found
    assert np.isfinite(list(found.values())).all()
