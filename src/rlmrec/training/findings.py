"""Warnings about a training run before it starts."""

from collections.abc import Iterator, Sequence

from rlmrec.data.ablations.text_ablation import TextAblation
from rlmrec.data.datamodule import InteractionDataModule
from rlmrec.data.findings import vectors
from rlmrec.data.findings.depth import is_constant, items_to_rank
from rlmrec.data.findings.shares import share
from rlmrec.data.negatives import UniformNegatives
from rlmrec.training.fitted.recommender import FittedRecommender
from rlmrec.training.parts import made_by
from rlmrec.training.ranker import Ranker

OF_TRAINING = ("optimizer", "recommender.", "trainer.max_epochs", "datamodule.batch_size")
"""Prefixes of options that fitted backbones do not use."""
MOST_UNTOLD = 0.5
"""Largest share of users with an uninformative monitored metric that gives no warning."""


def findings(
    model: Ranker,
    data: InteractionDataModule,
    text_ablation: TextAblation = "none",
    scheduled: bool = False,
    overrides: Sequence[str] = (),
) -> list[str]:
    """Return a warning for each property of model and data that makes results less meaningful than they seem.

    Args:
        model: freshly built model.
        data: batches of the model.
        text_ablation: requested text ablation.
        scheduled: whether a learning rate schedule was requested.
        overrides: words of the command line.
    """
    lines = [*_monitor(model, data), *_depths(model, data), *_negatives(model, data)]
    if text_ablation != "none" and not model.uses_profiles:
        lines.append(f"text_ablation={text_ablation} has no effect: no part of the model reads profiles")
    if isinstance(model, FittedRecommender):
        unused = [word for word in overrides if word.startswith(OF_TRAINING)]
        if told := ["scheduler"] * scheduled + unused:
            name = type(model.backbone).__name__
            lines.append(f"{', '.join(told)}: no effect, since {name} is fitted, not trained")
    if model.uses_profiles:
        lines += _embeddings(data)
    return lines


def _monitor(model: Ranker, data: InteractionDataModule) -> Iterator[str]:
    if not data.evaluated.val.nnz:
        return
    metric = model.monitor.removeprefix("val/")
    items = items_to_rank(data.evaluated.val, data.dataset.train, data.evaluated.item_pool)
    constant = is_constant(metric, items)
    told = f"evaluation.monitor={model.monitor} is the same whatever is ranked"
    ordered = f"evaluation.monitor=val/ndcg@{metric.rpartition('@')[2]}"
    if constant.all():
        most = int(items.max(initial=0))
        half = most // 2
        mend = f"set {ordered}, or evaluation.ks=[1,{half}] evaluation.monitor=val/recall@{half}" if half > 1 else ""
        yield (
            f"{told}, so that the first epoch is selected: no user has more than {most} items left to rank in "
            f"validation; {mend or 'take more items'}"
        )
    elif constant.mean() > MOST_UNTOLD:
        yield f"{told} for {share(int(constant.sum()), len(constant))} users, who have no more items: set {ordered}"


def _depths(model: Ranker, data: InteractionDataModule) -> Iterator[str]:
    """Yield a warning about test metrics that are the same for every model."""
    items = items_to_rank(data.evaluated.test, data.dataset.seen(data.mask), data.evaluated.item_pool)
    constant = [name for name in model.metrics.names if is_constant(name, items).all()]
    if constant:
        yield (
            f"no user has more than {int(items.max(initial=0))} items left to rank, so that {', '.join(constant)} are "
            "the same for every model: ask for shorter rankings in evaluation.ks"
        )


def _negatives(model: Ranker, data: InteractionDataModule) -> Iterator[str]:
    if made_by(data.negatives) is not UniformNegatives and not model.backbone.uses_negatives:
        yield f"negatives have no effect: {type(model.backbone).__name__} uses none"


def _embeddings(data: InteractionDataModule) -> Iterator[str]:
    dataset = data.dataset
    given_mean = dataset.embeddings_info.get("mean_vectors", {})
    for kind, table in (("user", dataset.user_embeddings), ("item", dataset.item_embeddings)):
        if table is not None:
            yield from vectors.warnings(kind, vectors.measure(table), given_mean.get(f"{kind}s", 0))
