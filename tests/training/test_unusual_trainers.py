"""Options of the trainer and the optimizer that few choose: what they must not change."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from scipy.sparse import csr_array, diags_array

import parts
import tiny
from rlmrec import build, compose, train
from rlmrec.common.errors import UserError
from rlmrec.data import Dataset
from rlmrec.initialisers import AlphaFuse
from scripted import trainer


def with_cold_nodes() -> Dataset:
    """The small dataset, in which the first user and the first item have no training interactions."""
    dataset = tiny.dataset()
    rows, columns = (diags_array((torch.arange(size) > 0).numpy().astype("float32")) for size in dataset.train.shape)
    train = csr_array(rows @ dataset.train @ columns)
    train.eliminate_zeros()
    return replace(dataset, train=train)


@pytest.mark.parametrize("align", ["contrastive", "generative", "directau_text"])
def test_cold_nodes_in_double_precision(align: str, tmp_path: Path) -> None:
    model, data = parts.built(with_cold_nodes(), "lightgcn", align)
    assert model.cold.sum() == 2
    fitter = trainer(tmp_path, precision="64-true")
    fitter.fit(model, datamodule=data)
    assert all(value.isfinite() for value in fitter.callback_metrics.values())


def test_batches_whose_gradients_are_accumulated_have_draws_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds: dict[int, list[int]] = {1: [], 3: []}
    for count, drawn in seeds.items():
        monkeypatch.setattr("rlmrec.training.recommender.seed_draws", lambda seed, _, drawn=drawn: drawn.append(seed))
        model, data = parts.built(tiny.dataset(), datamodule=partial(parts.InteractionDataModule, batch_size=60))
        trainer(tmp_path, accumulate_grad_batches=count, max_epochs=2, limit_val_batches=0).fit(model, datamodule=data)
    assert len(set(seeds[1])) == len(seeds[1]) > 10
    assert seeds[3] == seeds[1], "the batch decides, not the step"


@pytest.mark.parametrize("optimizer", [torch.optim.Adam, torch.optim.AdamW])
def test_entries_that_are_fixed_stay_whatever_the_optimizer_does(optimizer: Any, tmp_path: Path) -> None:
    chosen = partial(optimizer, lr=0.01, weight_decay=0.1)
    init = partial(AlphaFuse, null_share=0.5)
    model, data = parts.built(tiny.dataset(), "lightgcn", "none", optimizer=chosen, init=init)
    before = model.backbone.initial_embeddings.detach().clone()
    trainer(tmp_path, limit_val_batches=0).fit(model, datamodule=data)
    changed = model.backbone.initial_embeddings.detach() != before
    fixed = model.backbone.trained_entries == 0
    assert fixed.any() and not changed[fixed].any() and changed[~fixed].all()


def test_gradients_are_clipped_in_half_precision_by_fused_optimizers(tmp_path: Path) -> None:
    fused = partial(torch.optim.Adam, lr=0.01, fused=True)
    model, data = parts.built(tiny.dataset(), optimizer=fused)
    fitter = trainer(tmp_path, precision="bf16-mixed", gradient_clip_val=1e-6)
    fitter.fit(model, datamodule=data)
    assert fitter.global_step > 0


@pytest.mark.parametrize("static", [False, True])
@pytest.mark.parametrize("backbone", ["directau", "autocf", "alpharec", "mult_vae"])
def test_a_user_with_every_item_is_no_obstacle_where_no_negatives_are_drawn(
    backbone: str, static: bool, tmp_path: Path
) -> None:
    dataset = tiny.dataset()
    train = dataset.train.tolil()
    train[3] = 1
    whole = replace(dataset, train=csr_array(train.tocsr().astype("float32")))
    data = partial(parts.InteractionDataModule, batch_size=100, static_shapes=static and backbone != "mult_vae")
    model, data = parts.built(whole, backbone, "none", datamodule=data)
    assert all(batch.negatives is None for batch in data.train_dataloader())
    fitter = trainer(tmp_path, limit_val_batches=0)
    fitter.fit(model, datamodule=data)
    assert all(value.isfinite() for value in fitter.callback_metrics.values())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["trainer.accelerator=tpu"], "trainer: "),
        (["trainer.devices=0"], "trainer: "),
        (["trainer.cuda_graph=true", "trainer.accelerator=cpu"], "trainer.cuda_graph=true needs a GPU"),
        (["trainer=cpu", "trainer.precision=16-mixed"], "trainer.precision=16-mixed: valid are .*bf16-mixed"),
        (["trainer=cpu", "trainer.precision=16"], "trainer.precision=16: valid are .*bf16-mixed"),
        (["trainer=cpu", "+trainer.limit_train_batches=0.0001"], "limit_train_batches=0.0001: that is none of"),
        (
            ["trainer=cpu", "+trainer.limit_val_batches=0.01"],
            "limit_val_batches=0.01: that is none of 1 batches of val",
        ),
        (["trainer=cpu", "+trainer.limit_test_batches=0.5"], "limit_test_batches=0.5: that is none of"),
        (["trainer=cpu", "+trainer.overfit_batches=0.01"], "trainer.overfit_batches=0.01: that is none of"),
        (
            ["+trainer.limit_train_batches=1.5"],
            "limit_train_batches=1.5: it must be a whole number from 1, or a share",
        ),
    ],
)
def test_devices_that_are_not_there_are_told_before_the_folder_is_a_run(
    words: list[str], says: str, tmp_path: Path, tiny_folder: Path
) -> None:
    with pytest.raises(UserError, match=says):
        train(compose(["dataset=folder", f"dataset.root={tiny_folder}", *words]), tmp_path / "run")
    assert not (tmp_path / "run" / "config.yaml").exists()


def test_an_end_before_the_first_validation_is_told(tmp_path: Path, tiny_folder: Path) -> None:
    words = ["dataset=folder", f"dataset.root={tiny_folder}", "trainer=cpu", "datamodule.batch_size=32"]
    with pytest.raises(UserError, match=r"training ended before the first validation: raise trainer\.max_steps"):
        train(compose([*words, "+trainer.max_steps=3"]), tmp_path / "run")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "backbone is missing"),
        (["align=none"], r"options must be what rlmrec\.compose\(\[\.\.\.\]\) returns, not a list"),
        ({"resume": "x"}, "backbone is missing"),
    ],
)
def test_options_that_are_none(options: Any, says: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=says):
        train(options, tmp_path / "run")
    with pytest.raises(UserError, match="backbone and align are missing"):
        build({})


def test_what_only_the_command_takes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^resume: only the command takes it, .* resume=\.\.\."):
        train(compose() | {"resume": "x"}, tmp_path / "run")
