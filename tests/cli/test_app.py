"""The console script ``rlmrec``."""

import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import entry_points

import pytest
from hydra.core.global_hydra import GlobalHydra

import rlmrec
from places import SOURCE
from rlmrec.cli import app

Run = Callable[..., int]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Calls the console script in this process; returns its exit code."""

    def run(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["/usr/bin/rlmrec", *words])
        GlobalHydra.instance().clear()
        try:
            app.main()
        except SystemExit as end:
            return int(end.code or 0)
        return 0

    return run


@pytest.mark.parametrize("word", ["--version", "-V"])
def test_version(word: str, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(word) == 0
    assert capsys.readouterr() == (f"rlmrec {rlmrec.__version__}\n", "")


@pytest.mark.parametrize("words", [["--help"], ["-h"], []])
def test_help_lists_every_command(words: list[str], run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*words) == 0
    printed, errors = capsys.readouterr()
    assert errors == ""
    listed = [line.split()[1] for line in printed.splitlines() if line.startswith("  rlmrec ")]
    assert listed == [*app.COMMANDS, "--version"]
    scripts = {path.stem.replace("_", "-") for path in SOURCE.glob("*.py")}
    assert set(app.COMMANDS) == scripts, "the same commands as the scripts of a checkout"


@pytest.mark.parametrize("name", app.COMMANDS)
def test_every_command_has_its_help_in_its_own_words(name: str, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(name, "--help") == 0
    printed, errors = capsys.readouterr()
    assert errors == ""
    assert f"  rlmrec {name} " in printed
    assert "python src/" not in printed


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("trian", "did you mean train?"),
        ("prepare_data", "did you mean prepare-data?"),
        ("xyz", f"valid are {', '.join(app.COMMANDS)}"),
    ],
)
def test_a_command_that_does_not_exist(word: str, hint: str, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(word, "seed=1") == 2
    assert capsys.readouterr() == ("", f"error: there is no command {word}; {hint}\n")


def test_options_reach_the_command(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("evaluate", "run=nowhere") == 1
    assert capsys.readouterr() == ("", "error: run=nowhere is not a run folder: it holds no config.yaml\n")
    assert run("evaluate") == 1
    assert capsys.readouterr().err == "error: name a run folder: rlmrec evaluate run=outputs/...\n"
    assert run("train", "backbone=lightgcm") == 2
    assert (
        capsys.readouterr().err
        == "error: there is no backbone/lightgcm; did you mean lightgcn or lightgcl or lightgcn_pp?\n"
    )


def test_it_is_the_console_script_of_the_package() -> None:
    found = [point for point in entry_points(group="console_scripts") if point.name == "rlmrec"]
    assert [point.value for point in found] == ["rlmrec.cli.app:main"]
    assert found[0].load() is app.main


def test_help_and_version_load_nothing_heavy() -> None:
    code = "import sys; sys.path[:0] = sys.argv.pop(1).split(); from rlmrec.cli.app import main; main()\n"
    code += "assert not {'torch', 'numpy', 'hydra'} & sys.modules.keys()"
    for word in ("--help", "--version"):
        line = [sys.executable, "-c", code, str(SOURCE), word]
        subprocess.run(line, check=True, capture_output=True, timeout=60)
