"""From parts to a model that fits a dataset."""

import logging
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import torch
from pydantic import NonNegativeFloat
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from rlmrec.aligners import Aligner
from rlmrec.backbones import Backbone, FittedBackbone
from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.common.option_types import Seed
from rlmrec.common.seeding import derive_seed
from rlmrec.data.ablations.text_ablation import TextAblation, ablate_text
from rlmrec.data.datamodule import InteractionDataModule
from rlmrec.data.dataset import Dataset
from rlmrec.data.negatives import NegativeSampler, UniformNegatives
from rlmrec.data.profile_embeddings import ProfileEmbeddings, sha256
from rlmrec.evaluation.cold_nodes import ColdNodes
from rlmrec.evaluation.cold_scores import ColdStart
from rlmrec.evaluation.cold_start import without_interactions
from rlmrec.evaluation.list_metrics import ListMetrics
from rlmrec.evaluation.metrics import RankingMetrics
from rlmrec.evaluation.protocol import EvaluationProtocol
from rlmrec.fusions import Fusion, NoFusion
from rlmrec.graph import Interactions
from rlmrec.initialisers import Initialiser, Xavier
from rlmrec.training.fitted.recommender import FittedRecommender
from rlmrec.training.parts import made_by, mismatch, profile_readers, profiles_for
from rlmrec.training.ranker import Ranker
from rlmrec.training.recommender import Recommender

log = logging.getLogger(__name__)


def build_model(
    dataset: Dataset,
    backbone: Callable[..., Backbone | FittedBackbone],
    align: Callable[..., Aligner],
    recommender: Callable[..., Recommender],
    datamodule: Callable[..., InteractionDataModule],
    optimizer: Callable[[Iterable[Tensor]], Optimizer],
    scheduler: Callable[[Optimizer], LRScheduler] | None = None,
    evaluation: EvaluationProtocol | None = None,
    negatives: Callable[[Interactions], NegativeSampler] = UniformNegatives,
    fusion: Callable[..., Fusion] = NoFusion,
    init: Callable[..., Initialiser] = Xavier,
    text_ablation: TextAblation = "none",
    interaction_noise: NonNegativeFloat = 0.0,
    seed: Seed = 2023,
) -> tuple[Ranker, InteractionDataModule]:
    """Return a freshly initialised model, whose first weights follow from the seed, and its batches.

    A fitted backbone is not fitted yet; it has no use for ``recommender``, ``optimizer`` and ``scheduler``.

    Args:
        dataset: interactions, and profile embeddings if a part uses them.
        backbone: called with the training interactions, and profile embeddings if it uses them.
        align: called with profile embeddings, number of users, embedding dimension and output width.
        recommender: called with everything that it does not know from its own options.
        datamodule: called with the dataset.
        optimizer: called with the parameters.
        scheduler: of the learning rate, called with the optimizer.
        evaluation: how to validate, select and test.
        negatives: called with the training interactions, draws the items of no interaction.
        fusion: called with profile embeddings, number of users and output width.
        init: called with the training interactions and profile embeddings.
        text_ablation: takes the meaning out of the profile embeddings, if a part uses them; ``diversity`` is measured
            by the texts as they are.
        interaction_noise: random pairs to train on, as a share of the training interactions.
        seed: of the run.

    Raises:
        UserError: if an option does not fit the data or another one, or profile embeddings are needed but absent.
    """
    protocol = evaluation or EvaluationProtocol()
    if reason := mismatch(backbone, align=align, fusion=fusion, init=init):
        raise UserError(reason)
    embeddings, plain = None, dataset
    if readers := profile_readers(backbone, align, fusion, init):
        _fit_for(dataset, readers)
        dataset = ablate_text(dataset, text_ablation, seed)
        embeddings = dataset.profile_embeddings(all(reader.one_sided for reader in readers))
    data = datamodule(dataset, seed=seed, mask=protocol.mask, interaction_noise=interaction_noise, negatives=negatives)
    torch.manual_seed(derive_seed(seed, "weights", 0))
    texts = partial(profiles_for, dataset=plain, embeddings=embeddings)
    wanted = {"takes_dataset": ("dataset", data.dataset), "uses_profiles": ("profile_embeddings", texts(backbone))}
    given = dict(value for name, value in wanted.items() if getattr(made_by(backbone), name, False))
    body = backbone(data.interactions, **given)
    cold = without_interactions(data.interactions)
    if protocol.cold_from_text is True:
        _refuse_cold_without_text(dataset, cold, embeddings is not None, made_by(align).__name__)
    ranking: dict[str, Any] = {
        "dataset": identity(dataset, embeddings),
        "seed": seed,
        "cold": cold,
        "ks": protocol.ks,
        "item_pool": protocol.item_pool,
        "monitor": protocol.monitor,
        "metrics": protocol.metrics,
        "list_metrics": ListMetrics(plain, protocol.list_metrics),
    }
    if isinstance(body, FittedBackbone):
        return FittedRecommender(body, bool(protocol.cold_from_text), **ranking), data
    aligner = align(
        profile_embeddings=texts(align),
        num_users=dataset.num_users,
        embedding_dim=body.initial_dim,
        output_dim=body.output_dim,
    )
    fused = fusion(profile_embeddings=texts(fusion), num_users=dataset.num_users, output_dim=body.output_dim)
    _begin_with(body, init(interactions=data.interactions, profile_embeddings=texts(init)))
    if data.static_shapes and (varying := without_static_shapes(body, aligner)):
        raise UserError(f"datamodule.static_shapes=true: {varying} has steps of other shapes; leave it out")
    data.uses_negatives = body.uses_negatives
    trained: dict[str, Any] = {"optimizer": optimizer, "scheduler": scheduler}
    if body.uses_negatives:
        trained["choose_negatives"] = data.sampler.pairs
    if protocol.cold_from_text and cold.any():
        metrics = RankingMetrics(protocol.ks, protocol.metrics)
        column = metrics.checked_monitor(protocol.monitor).removeprefix("val/")
        of_backbone = body.embeddings_from_text if body.supports_cold_start else None
        nodes = ColdNodes(dataset.train, cold, embeddings, aligner, of_backbone, plain.has_profile)
        trained["cold_start"] = ColdStart(nodes, dataset.val, metrics, column)
    return recommender(backbone=body, aligner=aligner, fusion=fused, **trained, **ranking), data


def without_static_shapes(backbone: Backbone, aligner: Aligner) -> str:
    """Return the names of the parts whose training steps may have varying shapes; nothing if there are none."""
    return " and ".join(type(part).__name__ for part in (backbone, aligner) if not part.has_static_shapes)


def identity(dataset: Dataset, embeddings: ProfileEmbeddings | None) -> dict[str, Any]:
    """Return what identifies the data of a checkpoint: sizes and checksums of interactions, and of text if used."""
    return {
        "name": dataset.name,
        "num_users": dataset.num_users,
        "num_items": dataset.num_items,
        "interactions_sha256": dataset.fingerprint(),
        "profiles_sha256": None if embeddings is None else sha256(embeddings),
    }


def fingerprints(dataset: Dataset, uses_profiles: bool) -> dict[str, str | None]:
    """Return checksums of the interactions, and of the profile embeddings if used, before any noise or text ablation.

    Runs on the same data have the same, whatever their seed.
    """
    embeddings = dataset.profile_embeddings(one_sided=True) if uses_profiles else None
    return {
        "interactions": dataset.fingerprint(),
        "profile_embeddings": None if embeddings is None else sha256(embeddings),
    }


def _fit_for(dataset: Dataset, readers: Sequence[Any]) -> None:
    """Say so if users or items have no profile embeddings, or refuse it.

    Raises:
        MissingFilesError: if a part needs embeddings of both, and one kind has none.
    """
    if len(dataset.kinds_without_embeddings) != 1:
        return
    absent, present = (
        dataset.kinds_without_embeddings[0],
        "users" if dataset.kinds_without_embeddings == ["items"] else "items",
    )
    for reader in readers:
        if not reader.one_sided:
            able = sorted(
                known.__name__ for known in Aligner.__subclasses__() if known.one_sided and known.uses_profiles
            )
            raise MissingFilesError(
                f"{absent} have no profile embeddings, which {reader.__name__} needs; alignments that take {present} "
                f"alone are {', '.join(able)}. {dataset.missing_embeddings}"
            )
        log.warning("%s have no profile embeddings: %s reads those of %s alone", absent, reader.__name__, present)


def _begin_with(body: Backbone, initialiser: Initialiser) -> None:
    """Let a backbone begin with other initial embeddings, of which some entries may never change."""
    if not body.has_table:
        return
    drawn = body.initial_embeddings.detach()
    trained = initialiser.trainable(drawn)
    with torch.no_grad():
        body.initial_embeddings.copy_(initialiser.first_weights(drawn))
    if trained is not None:
        body.register_buffer("trained_entries", trained, persistent=False)


def _refuse_cold_without_text(dataset: Dataset, cold: Tensor, uses_text: bool, aligner: str) -> None:
    if not uses_text:
        raise UserError(f"evaluation.cold_from_text=true: align must learn from text, {aligner} does not")
    parts = dict(zip(("users", "items"), cold.split([dataset.num_users, dataset.num_items]), strict=True))
    for kind in dataset.kinds_without_embeddings:
        number = int(parts[kind].sum())
        if number:
            raise UserError(
                f"evaluation.cold_from_text=true: {number} {kind} have no training interactions, and {kind} have no "
                "profile embeddings to place them by"
            )
