"""A variational autoencoder of users' interactions."""

from collections.abc import Iterable

import numpy as np
import torch
from pydantic import NonNegativeFloat, PositiveInt
from scipy.sparse import csr_array
from torch import Tensor, nn
from torch.nn import functional

from rlmrec.backbones.base import Backbone, Encoding
from rlmrec.common.option_types import Rate
from rlmrec.common.room import refuse_beyond_memory
from rlmrec.graph import Interactions
from rlmrec.graph.batch import Batch


class MultVAE(Backbone):
    """Liang et al., "Variational Autoencoders for Collaborative Filtering" (WWW 2018): Mult-VAE.

    A user's interactions, scaled to length 1, are encoded into a normal distribution; a sample of it is decoded into a
    multinomial distribution over all items. The weight of the prior rises linearly to ``kl_weight``. The authors use
    widths of 600-200-600, dropout of half of the interactions and a weight of 0.2.

    A step draws users uniformly and ignores the pairs of its batch, which only determine the number of steps.
    Evaluation uses the mean of the distribution. Scores are dot products of the last hidden layer with the rows of the
    output layer, plus its biases; training has no node embeddings that could be aligned. The initial embeddings are the
    weights of the input layer, ``(num_items, h)``.

    Args:
        interactions: the training interactions.
        embedding_dim: width of the latent distribution.
        hidden_dim: width ``h`` of the layers before and after it.
        keep_rate: share of the interactions kept in the input of a training step.
        kl_weight: final weight of the divergence from the prior.
        anneal_steps: number of steps until this weight is reached.
        users_per_step: number of users drawn for a step.
    """

    has_embeddings = False
    uses_negatives = False
    rows_index: Tensor
    rows_items: Tensor
    active: Tensor
    steps: Tensor

    def __init__(
        self,
        interactions: Interactions,
        embedding_dim: PositiveInt = 200,
        hidden_dim: PositiveInt = 600,
        keep_rate: Rate = 0.5,
        kl_weight: NonNegativeFloat = 0.2,
        anneal_steps: PositiveInt = 5000,
        users_per_step: PositiveInt = 500,
    ) -> None:
        refuse_beyond_memory(8 * interactions.num_items * hidden_dim, f"backbone.hidden_dim={hidden_dim}")
        input_weights = nn.init.xavier_uniform_(torch.empty(interactions.num_items, hidden_dim))
        super().__init__(interactions, embedding_dim, initial=input_weights)
        self.hidden_dim = hidden_dim
        self.input_bias = nn.Parameter(torch.zeros(hidden_dim))
        self.distribution = _linear(hidden_dim, 2 * embedding_dim)
        self.decoder = _linear(embedding_dim, hidden_dim)
        self.output = _linear(hidden_dim, self.num_items)
        self.keep_rate, self.kl_weight = keep_rate, kl_weight
        self.anneal_steps, self.users_per_step = anneal_steps, users_per_step
        matrix = interactions.matrix()
        self.register_buffer("rows_index", torch.from_numpy(matrix.indptr.astype("int64")), persistent=False)
        self.register_buffer("rows_items", torch.from_numpy(matrix.indices.astype("int64")), persistent=False)
        self.register_buffer("active", self.rows_index.diff().nonzero()[:, 0], persistent=False)
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))

    @property
    def output_dim(self) -> int:
        return self.hidden_dim + 1

    def encode(self, initial: Tensor) -> Encoding:
        """Draw users and return the inputs of their losses as ``views``; ``nodes`` is empty."""
        order = torch.randperm(len(self.active), device=self.active.device)
        users = self.active[order[: self.users_per_step]]
        mean, log_variance = self._distribution(*self._interactions(users), initial, 1 - self.keep_rate)
        drawn = mean + torch.randn_like(mean) * (log_variance / 2).exp()
        logits = self.output(torch.tanh(self.decoder(drawn)))
        self.steps += 1
        return Encoding(initial[:0], (users, logits, mean, log_variance))

    def losses(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        users, logits, mean, log_variance = encoding.views
        counts, items = self._interactions(users)
        rows = torch.arange(len(users), device=users.device).repeat_interleave(counts)
        likelihood = functional.log_softmax(logits, dim=1)[rows, items].sum() / len(users)
        divergence = (mean.square() + log_variance.exp() - log_variance - 1).sum(1).mean() / 2
        risen = ((self.steps - 1) / self.anneal_steps).clamp(max=1)
        return {"reconstruction": -likelihood, "kl": self.kl_weight * risen * divergence}

    def embed(self) -> Tensor:
        users = torch.arange(self.num_users, device=self.active.device)
        items = torch.cat([self.output.weight, self.output.bias[:, None]], dim=1)
        return torch.cat([self._encoded(self._interactions(part) for part in users.split(self.users_per_step)), items])

    def fold_in(self, histories: csr_array) -> Tensor:
        """Encode users by their interactions, like those of training."""
        starts = range(0, histories.shape[0], self.users_per_step)
        return self._encoded(self._given(histories[start : start + self.users_per_step]) for start in starts)

    def _given(self, histories: csr_array) -> tuple[Tensor, Tensor]:
        """Return the result of ``_interactions`` for the rows of a matrix."""
        counts, items = np.diff(histories.indptr), histories.indices
        return self.active.new_tensor(counts), self.active.new_tensor(items)

    def _encoded(self, parts: Iterable[tuple[Tensor, Tensor]]) -> Tensor:
        """Return the last hidden layer of users without randomness, followed by a column of ones, ``(V, h + 1)``."""
        means = [self._distribution(*part, self.initial_embeddings, 0.0)[0] for part in parts]
        hidden = [torch.tanh(self.decoder(mean)) for mean in means]
        return functional.pad(torch.cat([self.output.weight[:0], *hidden]), (0, 1), value=1.0)

    def _distribution(self, counts: Tensor, items: Tensor, weights: Tensor, dropout: float) -> tuple[Tensor, Tensor]:
        """Return means and log-variances, ``(V, embedding_dim)`` each, from the result of ``_interactions``."""
        values = counts.to(weights.dtype).rsqrt().repeat_interleave(counts)
        sums = functional.embedding_bag(
            items,
            weights,
            offsets=counts.cumsum(0) - counts,
            mode="sum",
            per_sample_weights=functional.dropout(values, dropout),
        )
        mean, log_variance = self.distribution(torch.tanh(sums + self.input_bias)).chunk(2, dim=1)
        return mean, log_variance

    def _interactions(self, users: Tensor) -> tuple[Tensor, Tensor]:
        """Return each user's number of items, ``(V,)``, and the items of all users, concatenated."""
        starts, counts = self.rows_index[users], self.rows_index[users + 1] - self.rows_index[users]
        before = (counts.cumsum(0) - counts).repeat_interleave(counts)  # items of preceding users
        places = torch.arange(len(before), device=users.device) - before
        return counts, self.rows_items[starts.repeat_interleave(counts) + places]


def _linear(width: int, outputs: int) -> nn.Linear:
    """Return a layer with zero initial biases; those of the authors are close to zero."""
    layer = nn.Linear(width, outputs)
    nn.init.xavier_uniform_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
