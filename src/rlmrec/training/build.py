"""Construction of a model and its batches from parts and a dataset."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from pydantic import NonNegativeFloat
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from rlmrec.aligners import Aligner
from rlmrec.backbones import Backbone, FittedBackbone
from rlmrec.common.errors import UserError
from rlmrec.common.option_types import Seed
from rlmrec.common.seeding import derive_seed
from rlmrec.data.ablations.text_ablation import TextAblation
from rlmrec.data.datamodule import InteractionDataModule
from rlmrec.data.dataset import Dataset
from rlmrec.data.item_pool import evaluated_on
from rlmrec.data.negatives import NegativeSampler, UniformNegatives
from rlmrec.evaluation.cold_start.chosen_placement import ColdStart
from rlmrec.evaluation.cold_start.embeddings import without_interactions
from rlmrec.evaluation.cold_start.nodes import ColdNodes
from rlmrec.evaluation.list_metrics import ListMetrics
from rlmrec.evaluation.metrics import RankingMetrics
from rlmrec.evaluation.protocol import EvaluationProtocol
from rlmrec.fusions import Fusion, NoFusion
from rlmrec.graph import Interactions
from rlmrec.initialisers import Initialiser, Xavier
from rlmrec.training.data_identity import identity
from rlmrec.training.fitted.recommender import FittedRecommender
from rlmrec.training.parts import PartTexts, declared_by, made_by, mismatch, profile_readers, with_texts
from rlmrec.training.ranker import Ranker
from rlmrec.training.ranking_settings import RankingSettings
from rlmrec.training.recommender import Recommender


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
    """Return a freshly initialised model, whose initial weights follow from the seed, and its batches.

    A fitted backbone is returned before its fit and ignores ``recommender``, ``optimizer`` and ``scheduler``.

    Args:
        dataset: interactions, and profile embeddings if a part uses them.
        backbone: factory, called with the training interactions, and profile embeddings if it uses them.
        align: factory, called with profile embeddings, number of users, embedding dimension and output width.
        recommender: factory, called with all arguments that are not options.
        datamodule: factory, called with the dataset.
        optimizer: factory, called with the parameters.
        scheduler: factory of the learning rate schedule, called with the optimizer.
        evaluation: protocol of validation, selection and test.
        negatives: factory of the sampler of negative items, called with the training interactions.
        fusion: factory, called with profile embeddings, number of users and output width.
        init: factory, called with the training interactions and profile embeddings.
        text_ablation: ablation that removes information from the profile embeddings, if a part uses them; ``diversity``
            is still measured by the original texts.
        interaction_noise: number of random training pairs, as a share of the training interactions.
        seed: seed of the run.

    Raises:
        UserError: if an option does not suit the data or another option, or required profile embeddings are missing.
    """
    protocol = evaluation or EvaluationProtocol()
    if reason := mismatch(backbone, align=align, fusion=fusion, init=init):
        raise UserError(reason)
    dataset, texts = with_texts(dataset, profile_readers(backbone, align, fusion, init), text_ablation, seed)
    data = datamodule(
        dataset,
        seed=seed,
        mask=protocol.mask,
        interaction_noise=interaction_noise,
        negatives=negatives,
        item_pool=protocol.item_pool,
    )
    torch.manual_seed(derive_seed(seed, "weights", 0))
    network = _made_backbone(backbone, data, texts)
    cold = without_interactions(data.interactions)
    if protocol.cold_from_text is True:
        _refuse_cold_without_text(dataset, cold, texts.embeddings is not None, made_by(align).__name__)
    list_metrics = ListMetrics(evaluated_on(texts.dataset, protocol.item_pool), protocol.list_metrics)
    ranking = RankingSettings(protocol, cold, data.evaluated.item_pool, list_metrics)
    data_identity = identity(dataset, texts.embeddings)
    if isinstance(network, FittedBackbone):
        return FittedRecommender(network, data_identity, seed, ranking, bool(protocol.cold_from_text)), data
    aligner = align(
        profile_embeddings=texts.of(align),
        num_users=dataset.num_users,
        embedding_dim=network.initial_dim,
        output_dim=network.output_dim,
    )
    fused = fusion(profile_embeddings=texts.of(fusion), num_users=dataset.num_users, output_dim=network.output_dim)
    _begin_with(network, init(interactions=data.interactions, profile_embeddings=texts.of(init)))
    if data.static_shapes and (varying := without_static_shapes(network, aligner)):
        raise UserError(f"datamodule.static_shapes=true: {varying} has steps of other shapes; leave it out")
    data.uses_negatives = network.uses_negatives
    model = recommender(
        backbone=network,
        aligner=aligner,
        optimizer=optimizer,
        dataset_identity=data_identity,
        seed=seed,
        ranking=ranking,
        scheduler=scheduler,
        choose_negatives=data.sampler.pairs if network.uses_negatives else None,
        fusion=fused,
        cold_start=_cold_start(data.evaluated, network, aligner, ranking, texts) if protocol.cold_from_text else None,
    )
    return model, data


def without_static_shapes(backbone: Backbone, aligner: Aligner) -> str:
    """Return the names of the parts whose training steps may vary in shape; an empty string if there are none."""
    return " and ".join(type(part).__name__ for part in (backbone, aligner) if not part.has_static_shapes)


def _made_backbone(
    backbone: Callable[..., Backbone | FittedBackbone], data: InteractionDataModule, texts: PartTexts
) -> Backbone | FittedBackbone:
    """Return the backbone for the training interactions, built with the further arguments that it declares."""
    declared = declared_by(backbone)
    further: dict[str, Any] = {}
    if declared.takes_dataset:
        further["dataset"] = data.dataset
    if declared.uses_profiles:
        further["profile_embeddings"] = texts.of(backbone)
    return backbone(data.interactions, **further)


def _begin_with(backbone: Backbone, initialiser: Initialiser) -> None:
    """Set the initial embeddings of a backbone, and which of their entries are trained."""
    if not backbone.has_table:
        return
    drawn = backbone.initial_embeddings.detach()
    trained = initialiser.trainable(drawn)
    with torch.no_grad():
        backbone.initial_embeddings.copy_(initialiser.first_weights(drawn))
    if trained is not None:
        backbone.register_buffer("trained_entries", trained, persistent=False)


def _cold_start(
    dataset: Dataset, backbone: Backbone, aligner: Aligner, ranking: RankingSettings, texts: PartTexts
) -> ColdStart | None:
    """Return the placement of users and items without training interactions; None if there are no such nodes."""
    protocol, cold = ranking.protocol, ranking.cold
    if cold is None or not cold.any():
        return None
    of_backbone = backbone.embeddings_from_text if backbone.supports_cold_start else None
    has_profile = texts.dataset.has_profile
    nodes = ColdNodes(dataset.train, cold, texts.embeddings, aligner, of_backbone, has_profile)
    return ColdStart(nodes, dataset.val, *deciding(protocol))


def deciding(protocol: EvaluationProtocol) -> tuple[RankingMetrics, str]:
    """Return the metrics of a protocol and the name of the one that decides about cold nodes, without its split.

    Raises:
        UserError: if the monitored metric is not measured.
    """
    metrics = RankingMetrics(protocol.ks, protocol.metrics)
    return metrics, metrics.checked_monitor(protocol.monitor).removeprefix("val/")


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
