"""Loggers made from options."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pytorch_lightning.loggers import CSVLogger as LightningCSVLogger
from pytorch_lightning.loggers import Logger, MLFlowLogger

from rlmrec.common.errors import UserError
from rlmrec.runs.description import RunDescription
from rlmrec.runs.folder import RunFolder
from rlmrec.training.loggers import CSVLogger
from rlmrec.training.loggers.making import make_loggers

DESCRIPTION = RunDescription("books", "sgl", "none", seed=1)


class Recorder(CSVLogger):
    """Remembers what it was given."""

    def __init__(self, folder: RunFolder, description: RunDescription, save_dir: str, label: str = "") -> None:
        super().__init__(folder)
        self.given = (folder, description, save_dir, label)


def made(folder: Path, **makers: Any) -> list[Logger]:
    return make_loggers(makers, RunFolder(folder), DESCRIPTION)


def test_each_is_given_what_it_takes(tmp_path: Path) -> None:
    mine, plain, stock = made(
        tmp_path, mine=partial(Recorder, label="x"), plain=CSVLogger, stock=partial(LightningCSVLogger, name="runs")
    )
    assert isinstance(mine, Recorder) and isinstance(plain, CSVLogger) and isinstance(stock, LightningCSVLogger)
    assert mine.given[0].path == tmp_path and mine.given[1:] == (DESCRIPTION, str(tmp_path / "mine"), "x")
    assert Path(stock.log_dir) == tmp_path / "stock" / "runs" / "version_0"


def test_what_the_options_say_wins(tmp_path: Path) -> None:
    (stock,) = made(tmp_path, stock=partial(LightningCSVLogger, save_dir=str(tmp_path / "elsewhere")))
    assert stock.save_dir == str(tmp_path / "elsewhere")


@pytest.mark.parametrize("name", ["../up", "/tmp/x", "", "a/b", "..", "a b"])
def test_a_name_leads_to_no_other_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="a logger cannot be called"):
        made(tmp_path / "run", **{name: LightningCSVLogger})
    assert list(tmp_path.rglob("*")) == []


def test_a_package_that_is_not_installed_is_named_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("pytorch_lightning.loggers.mlflow._MLFLOW_AVAILABLE", False)
    with pytest.raises(UserError, match=r"^logger=mlflow needs a package that is not installed: ") as raised:
        made(tmp_path, mlflow=MLFlowLogger)
    assert "\n" not in str(raised.value)
