"""How messages name the commands of the program."""

import sys

import pytest

from places import SOURCE
from rlmrec.common import program
from rlmrec.common.program import command


@pytest.mark.parametrize(
    ("started", "name", "said"),
    [
        ("src/train.py", "train", "python src/train.py"),
        (str(SOURCE / "evaluate.py"), "encode_text", "python src/encode_text.py"),
        ("/usr/bin/rlmrec", "train", "rlmrec train"),
        ("/usr/bin/rlmrec", "encode_text", "rlmrec encode-text"),
    ],
)
def test_a_command_is_named_as_it_was_started(
    started: str, name: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", [started, "seed=1"])
    assert command(name) == said


def test_without_a_checkout_there_are_no_scripts(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "SCRIPTS", tmp_path)
    monkeypatch.setattr(sys, "argv", ["my_experiment.py"])
    assert command("train") == "rlmrec train"
