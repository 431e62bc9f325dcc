"""Models built from parts: sizes, first weights, profile embeddings, evaluation and identity."""

import dataclasses
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from hydra.utils import get_class
from scipy.sparse import csr_array

import parts
import tiny
from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.data import FolderDataset, profile_embeddings
from rlmrec.data.dataset import Dataset
from rlmrec.data.profile_embeddings import MappedEmbeddings
from rlmrec.evaluation import EvaluationProtocol
from rlmrec.evaluation.list_metrics import diversity
from rlmrec.evaluation.ranked_lists import RankedLists
from rlmrec.initialisers import AlphaFuse, FromText
from rlmrec.training.data_identity import identity
from rlmrec.training.fitted.recommender import FittedRecommender
from rlmrec.training.recommender import Recommender

LISTED = torch.tensor([[0, 1, 2, 7]])


def built(dataset: Dataset, backbone: str = "lightgcn", align: str = "generative", **changed: Any) -> Recommender:
    return parts.built(dataset, backbone, align, **changed)[0]


def weights(model: Recommender) -> dict[str, Any]:
    return {name: value.tolist() for name, value in model.state_dict().items()}


def list_metrics(model: Recommender) -> dict[str, float]:
    """What is measured of the same list for everybody."""
    lists = RankedLists(tiny.NUM_USERS, LISTED.shape[1], torch.device("cpu"))
    items = LISTED.repeat(tiny.NUM_USERS, 1)
    lists.add(torch.arange(tiny.NUM_USERS), items, torch.zeros(items.shape))
    assert model.list_metrics is not None
    return model.list_metrics(lists)


def diversity_with(embeddings: np.ndarray) -> float:
    """The diversity of that list, if items have these profile embeddings."""
    dataset = dataclasses.replace(tiny.dataset(), item_embeddings=embeddings)
    return diversity(LISTED.numpy(), dataset.test[:1], dataset)


def test_first_weights_follow_the_seed_alone() -> None:
    first = weights(built(tiny.dataset()))
    torch.rand(3)
    assert weights(built(tiny.dataset())) == first
    assert weights(built(tiny.dataset(), seed=1))["backbone.initial_embeddings"] != first["backbone.initial_embeddings"]


def test_alignments_are_compared_on_the_same_first_weights() -> None:
    tables = [weights(built(tiny.dataset(), align=align))["backbone.initial_embeddings"] for align in parts.ALIGNMENTS]
    assert all(table == tables[0] for table in tables)


def test_parts_are_told_their_sizes() -> None:
    model = built(tiny.dataset(), backbone="gccf")
    assert (model.backbone.num_users, model.backbone.num_items) == (tiny.NUM_USERS, tiny.NUM_ITEMS)
    assert model.aligner.mask_token.shape == (1, 8)
    assert model.aligner.projector[0].in_features == model.backbone.output_dim == 24
    assert model.aligner.profile_embeddings.dtype == torch.float32
    assert torch.equal(model.aligner.profile_embeddings, tiny.dataset().profile_embeddings())


def test_seed_evaluation_and_noise_reach_model_and_data() -> None:
    protocol = EvaluationProtocol(ks=(3, 7), mask="train+val", monitor="val/ndcg@7", cold_from_text=True)
    model, data = parts.built(tiny.dataset(), evaluation=protocol, interaction_noise=1.0, seed=4)
    assert (model.seed, data.seed, data.mask, model.monitor) == (4, 4, "train+val", "val/ndcg@7")
    assert model.metrics.max_k == 7 and {"recall@3", "recall@7"} <= set(model.metrics.names)
    assert len(data.interactions.users) == 2 * tiny.dataset().train.nnz
    without = parts.built(tiny.dataset())[0]
    assert (without.monitor, without.metrics.max_k) == ("val/recall@20", 20)


def test_nodes_without_interactions_are_cold_and_may_alone_be_ranked() -> None:
    dataset = tiny.dataset()
    train = dataset.train.toarray()
    train[:, [4, 9]] = 0
    cold = dataclasses.replace(dataset, train=csr_array(train))
    protocol = EvaluationProtocol(item_pool="cold", cold_from_text=True)
    model = parts.built(cold, evaluation=protocol)[0]
    assert model.cold.nonzero()[:, 0].tolist() == [tiny.NUM_USERS + item for item in (4, 9)]
    unranked = model.unranked_items
    assert unranked is not None and (~unranked).nonzero()[:, 0].tolist() == [4, 9]
    assert model.cold_start is not None


@pytest.mark.parametrize("align", parts.ALIGNMENTS)
def test_profiles_that_are_needed_must_be_there(align: str) -> None:
    needed = get_class(parts.options("align", align)["_target_"]).uses_profiles
    with pytest.raises(MissingFilesError, match="no embeddings") if needed else nullcontext():
        built(tiny.dataset(with_text=False), align=align)


def test_profiles_that_are_not_needed_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: Any) -> None:
        raise AssertionError("profile embeddings were read")

    monkeypatch.setattr(Dataset, "profile_embeddings", read)
    built(tiny.dataset(), align="none")
    with pytest.raises(AssertionError, match="were read"):
        built(tiny.dataset(), align="contrastive")


@pytest.mark.parametrize("ablation", ["shuffled", "random"])
def test_text_ablations_replace_the_profiles(ablation: str) -> None:
    model, original = built(tiny.dataset(), text_ablation=ablation), tiny.dataset().profile_embeddings()
    changed = model.aligner.profile_embeddings
    assert changed.shape == original.shape and changed.dtype == original.dtype
    assert not torch.equal(changed, original)
    assert weights(model) == weights(built(tiny.dataset())), "an ablation changes nothing but the text"
    assert model.dataset_identity != built(tiny.dataset()).dataset_identity


@pytest.mark.parametrize("ablation", ["shuffled", "random"])
def test_diversity_is_measured_by_the_same_texts_under_an_ablation(ablation: str) -> None:
    model, items = built(tiny.dataset(), text_ablation=ablation), tiny.dataset().item_embeddings
    assert items is not None
    assert list_metrics(model)["diversity"] == pytest.approx(diversity_with(items))
    assert list_metrics(model) == list_metrics(built(tiny.dataset()))


def silent(zero: bool = False) -> Dataset:
    """Some users and items have no profile, and the mean of the others, as ``encode_text`` gives it, or zeros."""
    known, made = tiny.dataset(), {}
    for kind, ids in (("user", [2, 7]), ("item", [3, 5])):
        embeddings, table = getattr(known, f"{kind}_embeddings").copy(), getattr(known, f"{kind}s")
        embeddings[ids] = 0 if zero else np.delete(embeddings, ids, 0).mean(0)
        empty = pl.when(pl.col("id").is_in(ids)).then(pl.lit("")).otherwise("profile").alias("profile")
        made |= {f"{kind}_embeddings": embeddings, f"{kind}s": table.with_columns(empty)}
    return dataclasses.replace(known, **made)


@pytest.mark.parametrize(
    "changed",
    [
        {"align": "promax"},
        {"align": "none", "init": FromText},
        {"align": "none", "init": AlphaFuse},
        {"align": "none", "backbone": "rp3beta_text"},
        {"align": "none", "backbone": "l3ae"},
    ],
)
def test_who_compares_profiles_does_not_see_the_embedding_of_nobody(changed: dict[str, Any]) -> None:
    found = []
    for dataset in (silent(), silent(zero=True)):
        model = built(dataset, **changed)
        if isinstance(model, FittedRecommender):
            model.fit()
        read = {name: value for name, value in model.named_buffers() if name != "fusion.profile_embeddings"}
        found.append([read, weights(model), getattr(model, "fitted", {})])
    (buffers, first, fitted), (others, expected, as_fitted) = found
    assert first == expected and buffers.keys() == others.keys() and fitted.keys() == as_fitted.keys()
    assert all(torch.equal(buffers[name], others[name]) for name in buffers)
    assert all((fitted[name] != as_fitted[name]).sum() == 0 for name in fitted)


def test_an_alignment_of_each_node_with_its_text_keeps_the_mean() -> None:
    model = built(silent(), align="contrastive")
    assert torch.equal(model.aligner.profile_embeddings, silent().profile_embeddings())


def test_diversity_is_measured_of_profiles_on_disk(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_memory = built(FolderDataset(str(tiny_folder)).load())
    monkeypatch.setattr(profile_embeddings, "SHARE_OF_MEMORY", 0)
    on_disk = built(FolderDataset(str(tiny_folder)).load())
    assert isinstance(on_disk.aligner.profile_embeddings, MappedEmbeddings)
    assert list_metrics(on_disk) == list_metrics(in_memory)
    expected = diversity_with(np.asarray(tiny.dataset().item_embeddings))
    assert list_metrics(on_disk)["diversity"] == pytest.approx(expected)


@pytest.mark.parametrize("align", ["none", "contrastive"])
def test_diversity_is_measured_whether_training_saw_text_or_not(align: str) -> None:
    assert "diversity" in list_metrics(built(tiny.dataset(), align=align))
    assert "diversity" not in list_metrics(built(tiny.dataset(with_text=False), align="none"))


def test_identity_tells_interactions_and_texts_apart() -> None:
    dataset = tiny.dataset()
    embeddings = dataset.profile_embeddings()
    known = identity(dataset, embeddings)
    assert built(dataset).dataset_identity == known
    assert built(dataset, align="none").dataset_identity == identity(dataset, None) != known
    assert (known["name"], known["num_users"], known["num_items"]) == ("tiny", tiny.NUM_USERS, tiny.NUM_ITEMS)
    changed = dataset.train.toarray()
    changed[0, 0] = 1 - changed[0, 0]
    others = [
        dataclasses.replace(dataset, name="other"),
        dataclasses.replace(dataset, train=csr_array(changed)),
        dataclasses.replace(dataset, val=dataset.test),
        dataclasses.replace(dataset, test=dataset.val),
    ]
    assert all(identity(other, embeddings) != known for other in others)
    assert identity(dataset, embeddings + 1) != known
    assert identity(dataclasses.replace(dataset, description="told anew"), embeddings) == known


def test_a_user_with_every_item_is_refused_by_rows_that_draw_negatives_alone() -> None:
    dataset = tiny.dataset()
    full = dataset.train.toarray()
    full[3] = 1
    dataset = dataclasses.replace(dataset, train=csr_array(full), val=csr_array(full.shape), test=dataset.test)
    assert isinstance(parts.built(dataset, "rp3beta", "none")[0], FittedRecommender)
    with pytest.raises(UserError, match=r"user user-3 interacted with all 40 items, .*: leave such users out"):
        parts.built(dataset, "lightgcn", "none")
