"""What entry points do with errors of their task; mistakes in real options are in test_mistakes.py."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from hydra.types import RunMode
from hydra.utils import instantiate
from joblib.externals.loky.process_executor import TerminatedWorkerError
from omegaconf import DictConfig, OmegaConf

from rlmrec import compose
from rlmrec.cli.frame import entry
from rlmrec.cli.frame.own_options import OwnOptions
from rlmrec.cli.sweeps import failed_jobs
from rlmrec.common.errors import Interrupted, MissingFilesError, UserError
from rlmrec.options import resolvers
from rlmrec.options.command_words import refuse_added, refuse_empty_globs, with_home
from tiny import command

SWEEP = ("-m", "json=true,false", "mask=train,train+val")


def play(task: Callable[[DictConfig], Any], *arguments: str, config: str = "evaluate") -> int:
    """Run an entry point that does ``task``."""
    resolvers.register()
    return command(SimpleNamespace(run=entry.command(config, OwnOptions)(task), __name__=config), *arguments)


def failing(error: BaseException) -> Callable[[DictConfig], NoReturn]:
    def task(config: DictConfig) -> NoReturn:
        raise error

    return task


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (UserError("the field is wrong: mend it"), 1, "error: the field is wrong: mend it"),
        (MissingFilesError("no file: make it"), 1, "error: no file: make it"),
        (Interrupted("go on with this"), 130, "go on with this"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_one_line_and_a_code(
    error: BaseException, code: int, line: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert play(failing(error)) == code
    assert capsys.readouterr() == ("", f"{line}\n")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "words",
    [
        ("mask=train", "--config-dir", "{place}", "run=x"),
        ("mask=train", "run=x", "-cd", "{place}"),
        ("--config-dir={place}", "mask=train", "run=x"),
    ],
)
def test_options_of_hydra_may_stand_anywhere(
    words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert play(lambda config: print(config.mask, config.run), *(word.format(place=tmp_path) for word in words)) == 0
    assert capsys.readouterr() == ("train x\n", "")


def test_a_task_that_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert play(lambda config: print(config.mask), "mask=train") == 0
    assert capsys.readouterr() == ("train\n", "")


def test_a_bug_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError) as bug:
        play(lambda config: 1 // 0)
    assert "<lambda>" in [entry.name for entry in bug.traceback]


def test_a_mistake_that_a_part_finds_while_it_is_made(capsys: pytest.CaptureFixture[str]) -> None:
    nowhere = {"_target_": "rlmrec.runs.folder.RunFolder.existing", "path": "nowhere", "option": "run"}
    assert play(lambda config: instantiate(nowhere)) == 1
    assert capsys.readouterr() == ("", "error: run=nowhere is not a run folder: it holds no config.yaml\n")


@pytest.mark.parametrize(
    ("config", "arguments", "says"),
    [
        ("encode_text", [], "folder"),
        ("prepare_data", ["out=x"], "source"),
        ("prepare_data", ["source=xrec_yelp", "out=x"], "source.root"),
        ("train", ["dataset=folder"], "dataset.root"),
    ],
)
def test_an_option_that_must_be_given(
    config: str, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert play(lambda config: OmegaConf.to_container(config, throw_on_missing=True), *arguments, config=config) == 1
    out, printed = capsys.readouterr()
    assert out == ""
    assert printed.startswith("error: ")
    assert says in printed
    assert len(printed.splitlines()) == 1


@pytest.mark.parametrize(
    ("error", "code"), [(UserError("the list is damaged: remove it"), 1), (ZeroDivisionError("a bug"), None)]
)
def test_what_ends_a_sweep_is_told_beside_the_jobs_that_failed(
    error: Exception, code: int | None, capsys: pytest.CaptureFixture[str]
) -> None:
    def main() -> None:
        failed_jobs.note("backbone=pop: wrong")
        raise error

    with pytest.raises(SystemExit if code else type(error)) as end:
        entry.run(main, config_name="evaluate")
    assert code is None or end.value.code == code
    told = capsys.readouterr().err.splitlines()
    assert told[:2] == ["error: 1 job failed:", "  backbone=pop: wrong"]
    assert told[2:] == ([f"error: {error}"] if code else [])


def test_the_jobs_after_a_failed_one_are_done(capsys: pytest.CaptureFixture[str]) -> None:
    done = []

    def task(config: DictConfig) -> None:
        done.append((config.json, config.mask))
        if config.json:
            raise UserError("wrong") if config.mask == "train" else ZeroDivisionError("a bug\nwith details")

    assert play(task, *SWEEP) == 1
    assert done == [(True, "train"), (True, "train+val"), (False, "train"), (False, "train+val")]
    *_, title, first, second = capsys.readouterr().err.splitlines()
    assert title == "error: 2 jobs failed:"
    assert first == "  json=True mask=train: wrong"
    assert second == "  json=True mask=train+val: a bug"


@pytest.mark.parametrize("stop", [Interrupted("go on with this"), KeyboardInterrupt()])
def test_an_interruption_ends_all_jobs(stop: BaseException) -> None:
    started = []

    def task(config: DictConfig) -> NoReturn:
        started.append(config.mask)
        raise stop

    assert play(task, *SWEEP) == 130
    assert started == ["train"]


def test_an_interruption_lists_what_failed_before(capsys: pytest.CaptureFixture[str]) -> None:
    def task(config: DictConfig) -> NoReturn:
        raise UserError("wrong") if config.json else Interrupted("go on with this")

    assert play(task, *SWEEP) == 130
    *_, title, first, _, last = capsys.readouterr().err.splitlines()
    assert (title, first, last) == ("2 jobs failed:", "  json=True mask=train: wrong", "go on with this")


def test_an_error_without_words_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    failing_jobs = failing(AssertionError())
    assert play(failing_jobs, *SWEEP) == 1
    *_, title, first, _, _, _ = capsys.readouterr().err.splitlines()
    assert title == "error: 4 jobs failed:"
    assert first == "  json=True mask=train: AssertionError"


def test_a_killed_process_of_a_launcher_is_told_beside_jobs_that_failed(capsys: pytest.CaptureFixture[str]) -> None:
    def main() -> NoReturn:
        failed_jobs.note("seed=1: wrong")
        raise TerminatedWorkerError("a process was killed\nby something")

    assert command(SimpleNamespace(run=lambda: entry.run(main, "train"), __name__="train")) == 1
    assert capsys.readouterr().err == "error: 2 jobs failed:\n  seed=1: wrong\n  a process was killed\n"


def test_a_launcher_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert play(failing(AssertionError("no work is done")), "hydra/launcher=jblib", config="train") == 2
    printed = capsys.readouterr().err
    assert "hydra/launcher/jblib" in printed
    assert printed.endswith("docs/sweeps.md says what each launcher needs\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["jsn=true"], "unknown option 'jsn'; did you mean json?"),
        (["trainer.max_epoch=1"], "unknown option 'trainer.max_epoch'; did you mean trainer.max_epochs"),
        (
            ["zzz=1"],
            "unknown option 'zzz'; valid are trainer, run, from, trust, json, mask, item_pool, cold_from_text, ks\n",
        ),
        (["trainer=cpu", "trainer.quux=1"], "'trainer.quux'; valid are trainer.accelerator, trainer.devices, "),
    ],
)
def test_a_misspelt_option_gets_a_hint(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert play(failing(AssertionError("no work is done")), *arguments) == 2
    printed = capsys.readouterr().err
    assert says in printed
    assert "_target_" not in printed


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["backbone=sgl", "backbone.ssl_wieght=1"], "backbone.ssl_weight"),  # of the chosen backbone, not the default
        (["align=generative", "align.mask_ration=0.1"], "align.mask_ratio"),
        (["noise=0.1"], "interaction_noise"),  # what it was called once
        (["-m", "backbone=sgl,gccf", "backbone.num_layer=1"], "backbone.num_layers"),
    ],
)
def test_hints_are_options_of_the_chosen_parts(
    arguments: list[str], hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert play(failing(AssertionError("no work is done")), *arguments, config="train") == 2
    assert f"did you mean {hint}" in capsys.readouterr().err


def test_other_options_beside_a_stored_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    mode = SimpleNamespace(mode=RunMode.RUN)
    monkeypatch.setattr(entry.HydraConfig, "get", lambda: mode)
    entry.refuse_other_overrides(["resume=outputs/run"], "resume")
    with pytest.raises(UserError, match=r"resume=.*leave out seed=1 align=none"):
        entry.refuse_other_overrides(["seed=1", "resume=outputs/run", "align=none"], "resume")
    with pytest.raises(UserError, match=r"leave out resume_from=1"):
        entry.refuse_other_overrides(["resume=outputs/run", "resume_from=1"], "resume")
    mode.mode = RunMode.MULTIRUN
    with pytest.raises(UserError, match="leave out -m"):
        entry.refuse_other_overrides(["resume=outputs/run"], "resume")


def test_a_value_that_begins_with_the_home_is_meant_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shells leave ``~`` as it is within a word such as ``out=~/data``."""
    monkeypatch.setenv("HOME", "/people/me")
    assert with_home("out=~/data") == "out=/people/me/data"
    assert with_home("runs=[~/a,~/b]") == "runs=[/people/me/a,/people/me/b]"
    assert with_home("-m") == "-m" and compose(["paths.outputs=~/runs"])["paths"]["outputs"] == "/people/me/runs"
    for word in ("~callbacks.progress", "out=data/~x", "out=~", "-m", "--config-dir", 'out="~/x"'):
        assert with_home(word) == word
    monkeypatch.setenv("HOME", "/people/me, too")
    assert with_home("out=~/data") == "out=~/data", "Hydra would divide it"


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("backbone=glob(sg1*)", r"backbone=glob\(sg1\*\) matches none of alpharec, autocf"),
        ("backbone=pop,glob(sg*)", r"a pattern cannot stand beside other choices; glob\(\[a,b\*\]\) takes several"),
        ("hydra/launcher=glob(none*)", "matches none of .*parallel"),
    ],
)
def test_patterns_that_match_nothing_are_refused(word: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        refuse_empty_globs(["-m", word])
    refuse_empty_globs(["-m", "backbone=glob(sg*)", "align=glob(*)", "dataset.name='glob(x)'", "a=glob(((]"])


def test_what_is_added_at_the_top_is_refused_unless_it_is_there() -> None:
    known = {"seed", "backbone"}
    refuse_added(["++seed=3", "+backbone=sgl", "+trainer.max_steps=3", "seed=1"], known)
    for word in ("+foo=1", "++foo=1"):
        with pytest.raises(UserError, match="there is no such option"):
            refuse_added([word], known)
