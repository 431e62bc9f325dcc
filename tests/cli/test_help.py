"""What --help says."""

import subprocess
import sys
from functools import cache

import pytest

from choices import ALIGNMENTS, BACKBONES
from places import SOURCE

FOLDER = SOURCE


@cache
def help_of(script: str, *python_options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *python_options, str(FOLDER / f"{script}.py"), "--help"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def text() -> str:
    done = help_of("train")
    assert done.stderr == ""
    return done.stdout


def test_it_begins_with_what_to_type(text: str) -> None:
    first, *examples = [line for line in text.partition("Groups")[0].splitlines() if line]
    assert first.startswith("Train ")
    assert [line for line in examples if not line.startswith("  python src/")] == []
    for option in ("backbone=", "align=", "dataset=folder dataset.root=", "-m ", "resume=", "evaluate.py run="):
        assert any(option in line for line in examples), option


def test_it_lists_all_choices(text: str) -> None:
    assert f"\nbackbone: {', '.join(BACKBONES)}\n" in text
    assert f"\nalign: {', '.join(ALIGNMENTS)}\n" in text
    for group in ("dataset", "trainer", "logger"):
        assert f"\n{group}: " in text


@pytest.mark.parametrize(
    "option", ["seed: 2023", "lr: 0.001", "max_epochs: 3000", "batch_size: 4096", "every_n_epochs: 3", "mask: train"]
)
def test_it_shows_options_with_their_values(option: str, text: str) -> None:
    assert option in [line.strip() for line in text.splitlines()]


@pytest.mark.parametrize("script", ["train", "evaluate", "report", "prepare_data", "encode_text"])
def test_it_is_short_in_every_entry_point(script: str) -> None:
    lines = help_of(script).stdout.splitlines()
    assert len(lines) <= 130
    assert [line for line in lines if len(line) > 120] == []


def test_nothing_heavy_is_loaded_for_it() -> None:
    report = help_of("train", "-X", "importtime").stderr
    modules = {line.rpartition("|")[2].strip() for line in report.splitlines()}
    assert "hydra" in modules
    assert modules.isdisjoint({"torch", "numpy", "polars", "pytorch_lightning", "transformers", "wandb"})
