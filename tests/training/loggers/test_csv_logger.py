"""The history of a run as a table."""

from pathlib import Path

import polars as pl
import pytest

from rlmrec.runs.folder import RunFolder
from rlmrec.training.loggers import CSVLogger


def record(logger: CSVLogger, *epochs: int, **values: float) -> None:
    """What Lightning logs at the end of the epochs, one step each."""
    for epoch in epochs:
        logger.log_metrics({"epoch": epoch, "train/loss": 1.0 / (epoch + 1), **values}, step=epoch)
        logger.save()


def test_one_row_an_epoch_with_gaps_where_nothing_was_measured(tmp_path: Path) -> None:
    logger = CSVLogger(RunFolder(tmp_path))
    logger.log_metrics({"epoch": 0, "train/loss": 0.5}, step=9)
    logger.log_metrics({"epoch": 0, "val/recall@20": 0.25}, step=10)
    logger.log_metrics({"epoch": 1, "train/loss": 0.4}, step=20)
    logger.save()
    assert (tmp_path / "metrics.csv").read_text().splitlines() == [
        "epoch,step,train/loss,val/recall@20",
        "0,10,0.5,0.25",
        "1,20,0.4,",
    ]


def test_what_comes_without_an_epoch_stands_in_the_row_that_is_written_next(tmp_path: Path) -> None:
    logger = CSVLogger(RunFolder(tmp_path))
    logger.log_metrics({"lr-Adam": 0.1}, step=1)
    record(logger, 0)
    logger.log_metrics({"lr-Adam": 0.2}, step=2)
    logger.log_metrics({"lr-Adam": 0.3}, step=3)
    record(logger, 1, 2)
    assert pl.read_csv(tmp_path / "metrics.csv")["lr-Adam"].to_list() == [0.1, 0.3, None]


@pytest.mark.parametrize("metrics", [{"epoch": 0, "test/recall@20": 0.3}, {"lr": 0.1}, {"epoch": 0}])
def test_no_row_is_made_of_test_metrics_or_of_what_has_no_epoch(metrics: dict[str, float], tmp_path: Path) -> None:
    logger = CSVLogger(RunFolder(tmp_path))
    logger.log_metrics(metrics, step=1)
    logger.finalize("success")
    assert not (tmp_path / "metrics.csv").exists()


@pytest.mark.parametrize(("again", "kept"), [(5, [0, 1, 2, 3, 4, 5]), (4, [0, 1, 2, 3, 4]), (2, [0, 1, 2])])
def test_a_resumed_run_goes_on_after_the_rows_of_whole_epochs(again: int, kept: list[int], tmp_path: Path) -> None:
    record(CSVLogger(RunFolder(tmp_path)), 0, 1, 2, 3, 4)
    before = pl.read_csv(tmp_path / "metrics.csv")
    resumed = CSVLogger(RunFolder(tmp_path))
    record(resumed, again, **{"val/recall@20": 0.75})
    table = pl.read_csv(tmp_path / "metrics.csv")
    assert table["epoch"].to_list() == kept
    assert table[:-1].select(before.columns).equals(before[: len(kept) - 1]), "earlier rows are as they were"
    assert table[-1].rows(named=True) == [
        {"epoch": again, "step": again, "train/loss": 1 / (again + 1), "val/recall@20": 0.75}
    ]


def test_the_file_is_whole_at_every_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logger = CSVLogger(RunFolder(tmp_path))
    record(logger, 0)
    before = (tmp_path / "metrics.csv").read_bytes()

    def full_disk(path: Path, content: bytes) -> None:
        with path.open("wb") as file:
            file.write(content[: len(content) // 2])
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full_disk)
        with pytest.raises(OSError, match="no space"):
            record(logger, 1)
    assert (tmp_path / "metrics.csv").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["metrics.csv"]
    record(logger, 2)
    assert pl.read_csv(tmp_path / "metrics.csv")["epoch"].to_list() == [0, 1, 2]


def test_nothing_is_written_when_nothing_was_logged(tmp_path: Path) -> None:
    CSVLogger(RunFolder(tmp_path)).finalize("failed")
    assert not list(tmp_path.iterdir())
