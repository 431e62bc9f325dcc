"""Options of all commands that are wrong: one line that names them and an exit code, before any work."""

import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

import tiny
from rlmrec.cli import (
    dashboard,
    encode_text,
    evaluate,
    import_embeddings,
    import_profiles,
    prepare_data,
    report,
    train,
    write_profiles,
)
from rlmrec.common.program import argument

FOLDER = "folder={data}"
TABLE = "source.interactions=x.csv"
FEW = [
    (train, ["~recommender"], "recommender is missing: it cannot be left out"),
    (train, ["~align"], "align is missing: it cannot be left out"),
    (train, ["~dataset"], "other options need what ~dataset takes away: leave it out"),
    (train, ["~paths"], "other options need what ~paths takes away: leave it out"),
    (train, ["backbone.embedding_dim=1000000000"], "GB are needed, but there are"),
    (
        train,
        ["+trainer.limit_val_batches=0"],
        "trainer.limit_val_batches=0: it must be a whole number from 1, or a share",
    ),
    (
        train,
        ["+trainer.accumulate_grad_batches=0"],
        "accumulate_grad_batches=0: it must be a whole number from 1",
    ),
    (train, ["+trainer.val_check_interval=1000"], "evaluation.every_n_epochs says how many"),
    (train, ["+trainer.fast_dev_run=true"], "debug=fast tries everything"),
    (train, ["+trainer.reload_dataloaders_every_n_epochs=0"], "trainer.reload_dataloaders_every_n_epochs=0: leave it"),
    (train, ["+trainer.max_time=abc"], "trainer.max_time=abc: "),
    (train, ["trainer.max_epochs=-5"], "trainer.max_epochs=-5: "),
    (train, ["trainer.accelerator=tpu"], "trainer: "),
    (train, ["hydra.run.dir=/proc/x"], "/proc/x: No such file or directory: name another folder"),
    (train, ["hydra.run.dir={data}/manifest.json"], "manifest.json: File exists: name another folder"),
    (train, [f"hydra.run.dir={'a' * 256}"], "File name too long"),
    (train, ["dataset.root=5"], "/5 is not a folder"),
    (train, ["initialise_from=[a]"], "initialise_from=['a']: input should be a valid string"),
    (train, ["trust=5"], "trust=5: input should be a list, such as [a,b]"),
    (train, ["+foo=1"], "+foo=1: there is no such option"),
    (evaluate, ["run=1"], "run=1 is not a run folder"),
    (evaluate, ["run=[a,b]"], "run=['a', 'b']: input should be a valid string"),
    (evaluate, ["run=x", "ks=5"], "ks=5: input should be a list, such as [a,b]"),
    (evaluate, ["run=x", "from=y"], "from=y: input should be 'weights' or 'recommendations'"),
    (report, ["runs=x", "out=/"], "out=/: this folder always exists: name a new one"),
    (report, ["runs=x", "page=foo"], "page=foo: input should be true or false"),
    (report, ["runs={data}", "out={data}"], "already holds manifest.json: name another folder"),
    (prepare_data, ["check=1"], "1 is not a folder"),
    (prepare_data, ["check=[a]"], "check=['a']: input should be a valid string"),
    (prepare_data, [TABLE, "out=."], "out=.: this folder always exists: name a new one"),
    (prepare_data, [TABLE, "out="], "out=: it must have at least 1 character"),
    (prepare_data, [TABLE, "out=[1]"], "out=[1]: input should be a valid string"),
    (prepare_data, ["source.interactions=[]", "out=x"], "source.interactions=[]: name a file"),
    (write_profiles, [FOLDER, "batch_limit=-1"], "batch_limit=-1: input should be greater than 0"),
    (write_profiles, [FOLDER, "write_batch=/"], "write_batch=/: this folder always exists"),
    (encode_text, ["folder=5"], "5 is not a folder"),
    (encode_text, ["folder=[1,2]"], "folder=[1, 2]: input should be a valid string"),
    (encode_text, [FOLDER, "dtype=float99"], "dtype=float99: input should be 'float32' or 'float16'"),
    (import_profiles, [FOLDER, "users=[a]"], "users=['a']: input should be a valid string"),
    (import_embeddings, [FOLDER, "users="], "users=: it must have at least 1 character"),
    (dashboard, ["metrics=5"], "metrics=5: input should be a list, such as [a,b]"),
]
MANY = [
    (train, ["~optimizer"], "optimizer is missing"),
    (train, ["~align"], "align is missing"),
    (train, ["~evaluation/metrics"], "evaluation.metrics={}: input should have 1 or more elements"),
    (train, ["+trainer.limit_test_batches=0"], "trainer.limit_test_batches=0: "),
    (train, ["+trainer.overfit_batches=-1"], "trainer.overfit_batches=-1: "),
    (train, ["+trainer.gradient_clip_val=-1"], "trainer.gradient_clip_val=-1: "),
    (train, ["+trainer.profiler=foo"], "trainer"),
    (train, ["+trainer.foo=5"], "trainer.foo=5: Trainer has no such option"),
    (train, ["trainer.devices=0"], "trainer"),
    (train, ["trainer.strategy=foo"], "trainer"),
    (train, ["trainer.precision=banana"], "trainer.precision='banana'"),
    (train, ["optimizer.lr=nan"], "optimizer.lr=nan: input should be a finite number"),
    (train, ["optimizer.lr=-1"], "optimizer: invalid learning rate: -1"),
    (train, ["evaluation.every_n_epochs=0"], "evaluation.every_n_epochs=0"),
    (train, ["evaluation.ks=5"], "evaluation.ks=5: input should be a list, such as [a,b]"),
    (train, ["evaluation.monitor=null"], "evaluation.monitor"),
    (train, ["align.temperature=0"], "align.temperature=0"),
    (train, ["fusion=kar", "fusion.widths=[]"], "fusion.widths=[]: "),
    (train, ["backbone.num_layers=100000"], "backbone.num_layers=100000: input should be less than or equal to 1000"),
    (train, ["dataset._target_=rlmrec.data.Foo"], "rlmrec.data.Foo cannot be found"),
    (train, ["interaction_noise=1e12"], "interaction_noise"),
    (train, ["study=.."], "study=..: this folder always exists"),
    (train, ["experiment=foo"], "there is no experiment/foo"),
    (train, ["callbacks.foo=1"], "callbacks.foo"),
    (train, ["resume=5"], "resume=5 is not a run folder"),
    (evaluate, ["run="], "run=: it must have at least 1 character"),
    (evaluate, ["run=x", "json=maybe"], "json=maybe: input should be true or false"),
    (report, ["runs=5"], "runs=5 is not a folder"),
    (report, ["runs=x", "out=.."], "out=..: this folder always exists"),
    (prepare_data, [TABLE, "out=x", "split.shares=[0,0,0]"], "the first must be above 0 and none below"),
    (prepare_data, [TABLE, "out=x", "filters.core.users=-1"], "filters.core.users=-1"),
    (write_profiles, [FOLDER, "concurrency=0"], "concurrency=0"),
    (write_profiles, [FOLDER, "sampling.item_reviews=-1"], "sampling.item_reviews=-1"),
    (encode_text, [FOLDER, "encoder=tfidf", "encoder.dim=0"], "encoder.dim=0: input should be greater than 0"),
    (encode_text, [FOLDER, "cache=/"], "cache=/: this folder always exists"),
]


COMPOSING = {"~dataset", "~paths", "experiment=foo", "callbacks.foo=1", "resume=5"}
"""Found while options are composed, which ends with another code."""


def cases(chosen: list[Any], *marks: Any) -> list[Any]:
    names = [f"{command.__name__.rpartition('.')[2]} {words[-1][:60]}" for command, words, _ in chosen]
    return [pytest.param(*case, id=name, marks=marks) for case, name in zip(chosen, names, strict=True)]


@pytest.mark.parametrize(("command", "words", "says"), cases(FEW) + cases(MANY, pytest.mark.full))
def test_one_line_and_nothing_done(
    command: Any,
    words: list[str],
    says: str,
    tiny_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    given = [word.format(data=tiny_folder) for word in words]
    before = tiny.train_arguments(tiny_folder, tmp_path / "run") if command is train else []
    if words == ["resume=5"]:
        before = []
    assert tiny.command(command, *before, *given) == (2 if words[-1] in COMPOSING else 1)
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.strip()]
    assert line.startswith("error: ") and says in line
    assert not (tmp_path / "run" / "checkpoints").exists(), "nothing was trained"
    assert not (tmp_path / "x").exists(), "nothing was written"


def test_a_callback_may_be_left_out(tiny_folder: Path, tmp_path: Path) -> None:
    arguments = tiny.train_arguments(tiny_folder, tmp_path / "run", "trainer.max_epochs=1", "align=none")
    assert tiny.command(train, *arguments, "callbacks.progress=null") == 0


def test_a_run_ends_after_its_time(tiny_folder: Path, tmp_path: Path) -> None:
    arguments = tiny.train_arguments(tiny_folder, tmp_path / "run", "align=none", "trainer.max_epochs=-1")
    assert tiny.command(train, *arguments, "evaluation.patience=1000000", "+trainer.max_time=00:00:00:02") == 0
    assert (tmp_path / "run" / "metrics.json").is_file()


@pytest.mark.parametrize("name", ["5", "my data[v2]", 'say "x"'])
def test_printed_commands_can_be_pasted(
    name: str, tiny_folder_without_text: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = shutil.copytree(tiny_folder_without_text, tmp_path / name)
    assert tiny.command(write_profiles, *shlex.split(argument("folder", data))) == 0
    words = pasted(capsys.readouterr().out)
    assert tiny.command(encode_text, *words, "encoder=random") == 0
    words = pasted(capsys.readouterr().out)
    assert tiny.command(train, *words, f"hydra.run.dir={tmp_path / 'run'}", *tiny.FAST, "trainer.max_epochs=1") == 0


def pasted(printed: str) -> list[str]:
    (line,) = [line for line in printed.splitlines() if line.startswith("next: ")]
    return shlex.split(line.removeprefix("next: "))[2:]
