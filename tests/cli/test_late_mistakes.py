"""Mistakes that only a library notices, or none: still one line, an exit code, and no traceback."""

from pathlib import Path

import pytest

from rlmrec.cli import train
from tiny import command, train_arguments


@pytest.mark.parametrize(
    ("mistake", "says"),
    [
        ("trainer.accelerator=tpux", "tpux"),
        ("trainer.max_epochs=0", "max_epochs"),
        ("optimizer.lr=-1", "learning rate"),
        ("optimizer._target_=torch.optim.Adamm", "Adamm"),
        ("text_ablation=reversed", "text_ablation='reversed'"),
        ("datamodule.batch_size=1e3", "datamodule.batch_size=1000.0"),
        ("backbone.num_layers=2.0", "backbone.num_layers=2.0"),
        ("optimizer.lr=1e30", "training diverged"),
        ("trainer.devices=2", "trainer=ddp"),
        ("trainer.precision=16-true", "bf16-mixed"),
        ("+backbone.foo=1", "LightGCN has no such option"),
        ("logger=null", "not null"),
        ("text_ablation=reversed align=none", "text_ablation"),
        ("preset=yelp-lightgcn-none", "did you mean yelp?"),  # an absent preset is no mistake unless it was asked for
    ],
)
def test_options(
    mistake: str, says: str, tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = 2 if mistake == "logger=null" else 1  # found while options are composed, or later
    assert command(train, *train_arguments(tiny_folder, tmp_path / "run", *mistake.split())) == code
    printed = capsys.readouterr().err
    assert "error: " in printed
    assert says in printed
    assert "Traceback" not in printed
