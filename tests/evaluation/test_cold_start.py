"""Users and items placed by their profiles, against numbers worked out by hand."""

import math

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array
from torch import Tensor

import parts
import tiny
from rlmrec.aligners import Contrastive, Generative
from rlmrec.common.errors import UserError
from rlmrec.evaluation import EvaluationProtocol
from rlmrec.evaluation.cold_start.chosen_placement import ColdStart
from rlmrec.evaluation.cold_start.embeddings import fill_cold_embeddings, without_interactions
from rlmrec.evaluation.cold_start.nodes import ColdNodes
from rlmrec.training.ranking_settings import RankingSettings

NUM_USERS = 3
NODES = torch.tensor([[3.0, 4.0], [0.0, 1.0], [9.0, 9.0], [2.0, 0.0], [9.0, 9.0], [0.0, 4.0]])
COLD = torch.tensor([False, False, True, False, True, False])
PROFILES = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 2.0], [1.0, 0.0], [3.0, 0.0], [0.0, 1.0]])


class Identity(torch.nn.Module):
    """A projector that changes nothing."""

    def forward(self, x: Tensor) -> Tensor:
        return x


def placed(kind: type[Contrastive] | type[Generative], **options: float) -> Tensor:
    aligner = kind(PROFILES, NUM_USERS, embedding_dim=2, output_dim=2, **options)
    aligner.projector = Identity()
    return fill_cold_embeddings(NODES, COLD, NUM_USERS, aligner, PROFILES)


def test_contrastive_points_where_the_projected_profile_does_with_the_mean_length_of_its_kind() -> None:
    nodes = placed(Contrastive)
    torch.testing.assert_close(nodes[~COLD], NODES[~COLD])
    torch.testing.assert_close(nodes[2], torch.tensor([0.0, (5 + 1) / 2]))
    torch.testing.assert_close(nodes[4], torch.tensor([(2 + 4) / 2, 0.0]))


def test_generative_takes_the_mean_of_nodes_weighted_by_how_well_they_explain_the_profile() -> None:
    nodes = placed(Generative, temperature=0.5)
    torch.testing.assert_close(nodes[~COLD], NODES[~COLD])
    # Item 4 has the profile (1, 0): cosine 1 with item 3 and 0 with item 5.
    first, second = math.exp(1 / 0.5), math.exp(0.0)
    mean = torch.tensor([first * 2.0, second * 4.0]) / (first + second)
    torch.testing.assert_close(nodes[4], mean / mean.norm() * 3)
    # User 2 has the profile (0, 1): cosine 4/5 with user 0 and 1 with user 1.
    first, second = math.exp(0.8 / 0.5), math.exp(1 / 0.5)
    mean = torch.tensor([first * 3.0, first * 4.0 + second * 1.0]) / (first + second)
    torch.testing.assert_close(nodes[2], mean / mean.norm() * 3)


def test_cold_are_those_without_training_interactions() -> None:
    cold = without_interactions(parts.interactions(isolated=2))
    expected = torch.zeros(parts.NUM_USERS + parts.NUM_ITEMS + 4, dtype=torch.bool)
    expected[parts.NUM_USERS : parts.NUM_USERS + 2] = True
    expected[-2:] = True
    assert cold.equal(expected)


@pytest.mark.parametrize("align", ["contrastive", "generative"])
def test_only_the_evaluation_vectors_of_the_cold_change(align: str) -> None:
    known = parts.interactions(isolated=2)
    cold = without_interactions(known)
    plain, textual = (parts.recommender("lightgcn", align, known, ranking=RankingSettings(cold=cold)) for _ in range(2))
    nothing = csr_array((known.num_users, known.num_items), dtype=np.float32)
    texts = parts.profile_embeddings(known.num_nodes)
    nodes = ColdNodes(known.matrix(), cold, texts, textual.aligner)
    textual.cold_start = ColdStart(nodes, nothing, textual.metrics, "recall@20")
    before, after = (torch.cat(model.embed()) for model in (plain, textual))
    assert after[~cold].equal(before[~cold])
    assert (after[cold] != before[cold]).any(1).all()
    assert torch.cat(textual.embed()).equal(after)
    assert textual.state_dict().keys() == plain.state_dict().keys()


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(UserError, match=r"evaluation.cold_from_text=true: align must learn from text"):
        parts.built(tiny.dataset(), align="none", evaluation=EvaluationProtocol(cold_from_text=True))
    with pytest.raises(UserError, match=r"evaluation.item_pool=cold: every item has training interactions"):
        parts.built(tiny.dataset(), evaluation=EvaluationProtocol(item_pool="cold"))
    with pytest.raises(UserError, match="cannot place profiles"):
        parts.aligner("none", parts.profile_embeddings()).embeddings_from_text(PROFILES, NODES)
