"""What --help says."""

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from choices import ALIGNMENTS, EVERY_KIND
from places import SOURCE
from rlmrec.cli import train
from rlmrec.cli.app import COMMANDS
from tiny import command

SCRIPTS = [name.replace("-", "_") for name in COMMANDS]


@cache
def help_of(script: str, *python_options: str) -> subprocess.CompletedProcess[str]:
    """What a process says; by default it tells on stderr what it imported."""
    line = [sys.executable, *(python_options or ("-X", "importtime")), str(SOURCE / f"{script}.py"), "--help"]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def text() -> str:
    done = help_of("train", "-X", "utf8")
    assert done.stderr == ""
    return done.stdout


def test_it_begins_with_what_to_type(text: str) -> None:
    first, *examples = [line for line in text.partition("Groups")[0].splitlines() if line]
    assert first.startswith("Train ")
    assert [line for line in examples if not line.startswith("  python src/")] == []
    for option in ("backbone=", "align=", "dataset=folder dataset.root=", "-m ", "resume=", "evaluate.py run="):
        assert any(option in line for line in examples), option


def test_it_lists_all_choices(text: str) -> None:
    unbroken = text.replace("\n  ", " ")  # long lines are wrapped
    assert f"\nbackbone: {', '.join(EVERY_KIND)}\n" in unbroken
    assert f"\nalign: {', '.join(ALIGNMENTS)}\n" in unbroken
    for group in ("dataset", "trainer", "logger"):
        assert f"\n{group}: " in text


def options(text: str) -> dict[str, tuple[str, str]]:
    """Value and comment of every option, the comment without its line breaks."""
    found: dict[str, tuple[str, str]] = {}
    name = ""
    for line in text.partition("\nOptions ")[2].splitlines()[2:]:
        if line.startswith(" "):
            found[name] = (found[name][0], f"{found[name][1]} {line.strip()}".strip())
            continue
        shown, _, comment = line.partition("  ")
        name, _, value = shown.partition("=")
        assert name not in found, "nothing is shown twice"
        found[name] = (value, comment.strip())
    return found


@pytest.mark.parametrize(
    ("option", "value", "comment"),
    [
        ("seed", "2023", "random seed of initial weights, batches and all other draws"),
        ("optimizer.lr", "0.001", "learning rate"),
        ("trainer.max_epochs", "3000", ""),
        ("trainer.devices", "1", ""),  # neither true
        ("trainer.num_sanity_val_steps", "0", ""),  # nor false
        ("interaction_noise", "0.0", "experiments: random pairs added to the training graph, as a share of"),
        ("tags", "[]", "free labels for dashboards"),
        ("resume", "null", "folder of an interrupted run to resume; all options are taken from it"),
        ("datamodule.batch_size", "4096", "training pairs per step"),
        ("evaluation.ks", "[5,10,20]", "cutoffs k of the metrics, as in recall@5"),
        ("evaluation.every_n_epochs", "3", "epochs between validations"),
        ("evaluation.mask", "train", "interactions to exclude at test time: train (as published) or train+val"),
        ("backbone", "lightgcn", "LightGCN (SIGIR 2020): linear propagation, layers summed"),
        ("scheduler", "none", "constant learning rate, as published"),
    ],
)
def test_it_shows_options_with_their_values_and_the_comments_of_their_files(
    option: str, value: str, comment: str, text: str
) -> None:
    shown = options(text)[option]
    assert shown[0] == value
    assert shown[1].startswith(comment) and bool(shown[1]) == bool(comment)


def test_it_shows_what_a_user_would_set_and_nothing_of_hydra(text: str) -> None:
    names = set(options(text))
    assert {"backbone.num_layers", "callbacks.early_stopping.patience", "paths.outputs", "study"} <= names
    assert [name for name in names if name.partition(".")[0] in ("hydra", "names") or "_target_" in name] == []


def test_it_follows_the_choices_of_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("backbone=gccf", "align=generative", "dataset=yelp", "scheduler=cosine", "experiment=noise")
    assert command(train, "--help", *words, "optimizer.lr=0.5") == 0
    shown = options(capsys.readouterr().out)
    assert shown["backbone.self_loops"] == ("false", "no self-loops with an alignment, as published (quirk Q1)"), (
        "the comment of the preset"
    )
    assert shown["align.mask_ratio"][0] == "0.05", "of the preset"
    assert shown["scheduler.T_max"] == ("100", "epochs of the decay")
    assert shown["optimizer.lr"] == ("0.5", "learning rate")
    assert shown["experiment"] == (
        "noise",
        "Does alignment help against noisy interactions? The noise study of the RLMRec paper.",
    )
    assert "backbone.keep_rate" not in shown


def test_it_shows_where_a_class_of_a_library_can_be_replaced(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(train, "--help", "backbone=pyg", "dataset=pyg") == 0
    shown = options(capsys.readouterr().out)
    value, comment = shown["backbone.gnn._target_"]
    assert value == "torch_geometric.nn.GraphSAGE" and "+backbone.gnn.dropout=0.1" in comment
    assert [name for name in shown if "_target_" in name] == ["backbone.gnn._target_"]
    assert shown["dataset.edge_type"][0] == "null"


def test_a_wrong_choice_is_told_with_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(train, "--help", "backbone=lightgcm") == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "error: there is no backbone/lightgcm; did you mean lightgcn or lightgcl or lightgcn_pp?\n"


def test_words_of_hydra_beside_it_do_no_harm(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    assert command(train, "-m", "--config-dir", str(tmp_path), "-h") == 0
    assert capsys.readouterr().out.partition("Groups")[2] == text.partition("Groups")[2]


def test_what_must_be_given_is_marked() -> None:
    for script, option in (("report", "runs"), ("encode_text", "folder"), ("write_profiles", "folder")):
        value, comment = options(help_of(script).stdout)[option]
        assert value == "..." and comment.startswith("required: ")


@pytest.mark.parametrize("script", SCRIPTS)
def test_it_is_short_in_every_entry_point(script: str) -> None:
    lines = help_of(script).stdout.splitlines()
    assert 10 < len(lines) <= 130
    assert [line for line in lines if len(line) > 120] == []
    assert any(line.startswith(f"  python src/{script}.py ") for line in lines)
    found = options(help_of(script).stdout)
    assert len(found) >= 3
    assert any(comment for _, comment in found.values())


@pytest.mark.parametrize("script", SCRIPTS)
def test_nothing_heavy_is_loaded_for_it(script: str) -> None:
    modules = {line.rpartition("|")[2].strip() for line in help_of(script).stderr.splitlines()}
    assert "hydra" in modules
    assert modules.isdisjoint({"torch", "numpy", "polars", "pytorch_lightning", "transformers", "wandb"})
