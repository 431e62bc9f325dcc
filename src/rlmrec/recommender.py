"""The LightningModule: the only place that knows backbone, alignment, optimizer and metrics."""

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal

import pytorch_lightning as pl
import torch
from annotated_types import MinLen
from pydantic import NonNegativeFloat, NonNegativeInt, PositiveInt
from torch import Tensor
from torch.distributed import all_reduce

from rlmrec.aligners import Aligner
from rlmrec.backbones import Backbone
from rlmrec.batch import Batch, EvaluationBatch
from rlmrec.cold_start import place_cold
from rlmrec.errors import UserError
from rlmrec.metrics import RankingMetrics
from rlmrec.ranking import scored_top_items
from rlmrec.seeding import derive_seed

Candidates = Literal["all", "cold"]


class Recommender(pl.LightningModule):
    """A backbone trained with its own losses, an alignment and L2 over every parameter (quirk Q4).

    Args:
        backbone: propagates and scores.
        aligner: ties its node vectors to text.
        optimizer: called with the parameters.
        dataset: what tells a checkpoint of this dataset from others, e.g. its name, sizes and fingerprint.
        seed: every random draw of a training step follows from it and the step number.
        reg_weight: weight of the sum of squares of all parameters.
        ks: lengths of the rankings to evaluate.
        cold: which nodes have no training interactions, ``(N,)`` bool; none if left out.
        cold_from_text: place such users and items by their profiles, in evaluation only.
        candidates: items that are ranked: ``all``, or ``cold`` for those without training interactions.

    Raises:
        UserError: if profiles cannot be placed, or there is no candidate.
    """

    cold: Tensor

    def __init__(
        self,
        backbone: Backbone,
        aligner: Aligner,
        optimizer: Callable[[Iterable[Tensor]], torch.optim.Optimizer],
        dataset: dict[str, Any],
        seed: NonNegativeInt,
        reg_weight: NonNegativeFloat = 1e-6,
        ks: Annotated[tuple[PositiveInt, ...], MinLen(1)] = (5, 10, 20),
        cold: Tensor | None = None,
        cold_from_text: bool = False,
        candidates: Candidates = "all",
    ) -> None:
        super().__init__()
        cold = torch.zeros(backbone.num_users + backbone.num_items, dtype=torch.bool) if cold is None else cold
        if cold_from_text and not aligner.places_profiles:
            raise UserError(
                f"evaluation.cold_from_text=true: align must learn from text, {type(aligner).__name__} does not"
            )
        if candidates == "cold" and not cold[backbone.num_users :].any():
            raise UserError("evaluation.candidates=cold: every item has training interactions; choose all")
        self.backbone = backbone
        self.aligner = aligner
        self.make_optimizer = optimizer
        self.dataset = dataset
        self.seed = seed
        self.register_buffer("cold", cold, persistent=False)
        self.cold_from_text = cold_from_text and bool(cold.any())
        self.candidates = candidates
        self.reg_weight = reg_weight
        self.metrics = RankingMetrics(ks)
        self.per_user = torch.empty(0)

    def validation_metric(self, name: str) -> str:
        """The name of a validation metric, checked.

        Raises:
            UserError: if no such metric is measured.
        """
        known = [f"val/{metric}" for metric in self.metrics.names]
        if name not in known:
            raise UserError(f"evaluation.monitor={name} is not measured: valid are {', '.join(known)}")
        return name

    def configure_optimizers(self) -> torch.optim.Optimizer:
        try:
            return self.make_optimizer(self.parameters())
        except (TypeError, ValueError) as error:
            raise UserError(f"optimizer: {str(error)[:1].lower()}{str(error)[1:]}") from None

    def loss_terms(self, batch: Batch, batch_idx: int) -> dict[str, Tensor]:
        """All named terms of a training step, weights applied, scalars.

        Raises:
            ValueError: if two parts name a term alike.
        """
        if not self.backbone.pairwise:
            batch = batch._replace(negatives=None)
        terms = [self.backbone.refresh(batch_idx)]
        ego, masked = self.aligner.corrupt(self.backbone.ego)
        used = batch.node_ids(self.backbone.num_users)
        self.backbone.focus(torch.cat(used if masked is None else [*used, masked]))
        encoding = self.backbone.encode(ego)
        terms.append(self.backbone.losses(encoding, batch))
        terms.append(self.aligner.losses(encoding.nodes, batch, masked))
        squares = torch.stack([parameter.square().sum() for parameter in self.parameters()])
        terms.append({"reg": self.reg_weight * squares.sum()})
        names = ["loss", *(name for part in terms for name in part)]  # loss: their sum
        if len(set(names)) < len(names):
            raise ValueError(f"two parts of the model name a loss term alike: {sorted(names)}")
        return {name: value for part in terms for name, value in part.items()}

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        torch.manual_seed(derive_seed(self.seed, "step", self.global_step))
        terms = self.loss_terms(batch, batch_idx)
        loss = torch.stack(list(terms.values())).sum()
        logged = {f"train/{name}": value.detach() for name, value in (terms | {"loss": loss}).items()}
        self.log_dict(logged, on_step=False, on_epoch=True, batch_size=len(batch.users))
        return loss

    def embed(self) -> tuple[Tensor, Tensor]:
        """Vectors whose dot products rank items: users ``(num_users, D)`` and items ``(num_items, D)``."""
        with torch.no_grad():
            nodes = self.backbone.embed()
            if self.cold_from_text:
                nodes = place_cold(nodes, self.cold, self.backbone.num_users, self.aligner)
            return self.backbone.split(nodes)

    def on_validation_epoch_start(self) -> None:
        self.user_vectors, self.item_vectors = self.embed()
        if not all(vectors.isfinite().all() for vectors in (self.user_vectors, self.item_vectors)):
            raise UserError("training diverged: vectors hold NaN or infinite values; lower optimizer.lr or the weights")
        # NaN marks users without held-out items; every other user is ranked by exactly one process.
        shape = len(self.user_vectors), len(self.metrics.names) + 1
        self.per_user = torch.zeros(shape, dtype=torch.float32, device=self.device)

    def validation_step(self, batch: EvaluationBatch, batch_idx: int) -> dict[str, Tensor] | None:
        """The ranking of a chunk of users, ``items`` and ``scores`` each ``(V, K)``, for callbacks."""
        if not len(batch.users):  # there are fewer users than processes
            return None
        left_out = ~self.cold[self.backbone.num_users :] if self.candidates == "cold" else None
        users = self.user_vectors[batch.users]
        ranking, scores = scored_top_items(users, self.item_vectors, batch.seen, self.metrics.max_k, left_out)
        values = self.metrics.per_user(ranking, batch.held_out)
        self.per_user[batch.users] = torch.cat([torch.ones_like(values[:, :1]), values], dim=1)
        return {"items": ranking, "scores": scores}

    def on_validation_epoch_end(self) -> None:
        self._finish_evaluation("val")

    on_test_epoch_start = on_validation_epoch_start
    test_step = validation_step

    def on_test_epoch_end(self) -> None:
        self._finish_evaluation("test")

    def _finish_evaluation(self, split: str) -> None:
        """Average over evaluated users; sums over processes add zeros only, so the figures are exact."""
        del self.user_vectors, self.item_vectors
        if self.trainer.world_size > 1:
            all_reduce(self.per_user)
        evaluated = self.per_user[:, 0] > 0
        means = self.per_user[evaluated, 1:].double().mean(0)
        self.per_user = self.per_user[:, 1:].masked_fill(~evaluated[:, None], torch.nan)
        self.log_dict({f"{split}/{name}": mean for name, mean in zip(self.metrics.names, means, strict=True)})

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["dataset"] = self.dataset
        metrics = self.trainer.callback_metrics.items()
        checkpoint["validation_metrics"] = {n: float(value) for n, value in metrics if n.startswith("val/")}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        trained_on = checkpoint.get("dataset")
        if trained_on != self.dataset:
            raise UserError(
                f"the checkpoint was trained on {trained_on}, but the chosen dataset is {self.dataset}; "
                "choose the dataset it was trained on"
            )
