"""Mistakes of users: one clear line with the mend, exit code 1 or 2, and no traceback."""

import shutil
from pathlib import Path

import numpy as np
import pytest

import tiny
from rlmrec.cli import encode_text, evaluate, train
from rlmrec.data.writing import write_folder
from tiny import command, train_arguments


@pytest.mark.parametrize(
    ("mistake", "code", "says"),
    [
        (
            ["backbone=lightgnc"],
            2,
            ["there is no backbone/lightgnc; did you mean lightgcn or lightgcl"],
        ),
        (["backbone=x"], 2, ["there is no backbone/x; valid are alpharec, autocf, dccf, directau"]),
        (["align=kd"], 2, ["there is no align/kd; valid are contrastive, directau_text, generative"]),
        (["noise=0.1"], 2, ["unknown option 'noise'", "did you mean interaction_noise?"]),
        (["preset=yepl"], 1, ["there is no preset=yepl; did you mean yelp?"]),
        (["protocol=publishd"], 1, ["there is no protocol=publishd; did you mean published?"]),
        (["align=none", "+align.weight=0.3"], 1, ["align.weight=0.3: NoAlignment has no such option"]),
        (["hydra/launcher=parallel"], 1, ["hydra/launcher=parallel starts the jobs of a sweep: give -m too, or none"]),
        (["~backbone._partial_"], 1, ["backbone._target_=rlmrec.backbones.LightGCN: add _partial_: true beside it"]),
        (["trainer.max_epoch=3"], 2, ["unknown option 'trainer.max_epoch'", "trainer.max_epochs"]),
        (["aligm=none"], 2, ["unknown option 'aligm'; did you mean align?"]),
        (["backbone.num_layers=three"], 1, ["backbone.num_layers='three'", "a whole number"]),
        (["backbone.keep_rate=1.5"], 1, ["backbone.keep_rate=1.5", "less than or equal to 1"]),
        (["datamodule.batch_size=0"], 1, ["datamodule.batch_size=0", "greater than 0"]),
        (["evaluation.mask=all"], 1, ["evaluation.mask='all'", "'train' or 'train+val'"]),
        (["evaluation.monitor=val/recal@20"], 1, ["evaluation.monitor", "val/recall@20"]),
        (["evaluation.ks=[]"], 1, ["ks"]),
        (["backbone=autocf", "backbone.num_heads=3"], 1, ["num_heads=3", "embedding_dim=8"]),
        (["backbone.num_layers=[["], 2, ["num_layers"]),
        (["seed=-1"], 1, ["seed=-1"]),
        (["evaluation.patience=0"], 1, ["evaluation.patience=0"]),
        (["optimizer=sgd", "optimizer.momentum=x"], 1, ["optimizer"]),
    ],
)
def test_options(
    mistake: list[str],
    code: int,
    says: list[str],
    tiny_folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command(train, *train_arguments(tiny_folder, tmp_path / "run", *mistake)) == code
    printed = capsys.readouterr().err
    for words in says:
        assert words in printed
    assert "Traceback" not in printed
    assert len(printed.strip().splitlines()) == 1
    assert not (tmp_path / "run" / "checkpoints").exists(), "nothing was trained"


@pytest.mark.parametrize(("words", "code"), [(["paths.outputs="], 2), (["paths.data=", "dataset=bookshelf"], 1)])
def test_folders_without_a_name(
    words: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command(train, "backbone=pop", *words) == code
    printed = capfd.readouterr().err
    assert f"{words[0][:-1]}" in printed and "is empty: name a folder" in printed
    assert len(printed.strip().splitlines()) == 1
    assert not [path for path in tmp_path.rglob("*") if path.name.startswith("bookshelf-")], "no data were made"


def test_missing_dataset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(train, *train_arguments(tmp_path / "nowhere", tmp_path / "run")) == 1
    assert f"{tmp_path / 'nowhere'} is not a folder" in capsys.readouterr().err


@pytest.mark.parametrize("align", ["contrastive", "generative"])
def test_alignment_without_embeddings_names_files_and_command(
    align: str, tiny_folder_without_text: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = train_arguments(tiny_folder_without_text, tmp_path / "run")
    assert command(train, *arguments, f"align={align}") == 1
    printed = capsys.readouterr().err
    assert "user_embeddings.npy and item_embeddings.npy" in printed
    assert f"python src/encode_text.py folder={tiny_folder_without_text}" in printed
    assert command(train, *arguments, "align=none") == 0


def test_the_named_command_makes_the_embeddings(
    tiny_folder_without_text: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "data"
    shutil.copytree(tiny_folder_without_text, folder)
    assert command(encode_text, f"folder={folder}", "encoder.dim=4", "encoder.min_documents=1") == 0
    assert np.load(folder / "user_embeddings.npy").shape == (tiny.NUM_USERS, 4)
    assert command(train, *train_arguments(folder, tmp_path / "run")) == 0


def test_checkpoint_of_another_dataset(tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, run = tmp_path / "data", tmp_path / "run"
    shutil.copytree(tiny_folder, folder)
    assert command(train, *train_arguments(folder, run)) == 0
    shutil.rmtree(folder)
    write_folder(tiny.dataset(seed=1), folder, source="tests")
    capsys.readouterr()
    assert command(evaluate, f"run={run}", "trainer=cpu") == 1
    assert "the checkpoint was trained on" in capsys.readouterr().err


def test_evaluate_wants_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(evaluate) == 1
    assert "run=outputs/..." in capsys.readouterr().err
    assert command(evaluate, "run=nowhere") == 1
    assert "run=nowhere is not a run folder" in capsys.readouterr().err
