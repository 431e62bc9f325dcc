"""NCL's clusters: when they are found, and that they are those of k-means."""

import pytest
import torch

import parts
from rlmrec.backbones import NCL
from rlmrec.backbones.clustering import k_means
from rlmrec.common.errors import UserError


def epochs(backbone: NCL, count: int) -> list[bool]:
    """Whether clusters are used in each of the next epochs."""
    used = []
    for _ in range(count):
        torch.manual_seed(0)
        assert backbone.resample(0) == {}
        backbone.resample(1)
        terms = backbone.losses(backbone.encode(backbone.initial_embeddings), parts.batch())
        used.append(bool(terms["prototype"]))
    return used


def test_clusters_are_used_after_the_warm_up_and_a_resumed_run_counts_on() -> None:
    backbone = NCL(parts.interactions(), 8, num_clusters=4, warm_up_epochs=2)
    assert epochs(backbone, 1) == [False]
    resumed = NCL(parts.interactions(), 8, num_clusters=4, warm_up_epochs=2)
    resumed.load_state_dict(backbone.state_dict())
    assert epochs(backbone, 3) == epochs(resumed, 3) == [False, True, True]
    assert torch.equal(backbone.centres, resumed.centres) and torch.equal(backbone.cluster, resumed.cluster)


def test_users_and_items_have_clusters_of_their_own() -> None:
    backbone = NCL(parts.interactions(), 8, num_clusters=4, warm_up_epochs=0)
    epochs(backbone, 1)
    users, items = backbone.split(backbone.cluster)
    assert set(users.tolist()) <= set(range(4)) and set(items.tolist()) <= set(range(4, 8))
    for node in range(len(backbone.cluster)):
        side = slice(0, 4) if node < parts.NUM_USERS else slice(4, 8)
        distances = (backbone.centres[side] - backbone.initial_embeddings[node]).square().sum(1)
        assert backbone.cluster[node] == side.start + distances.argmin()


def test_k_means_finds_groups_far_apart() -> None:
    torch.manual_seed(0)
    groups = torch.tensor([[0.0, 0.0], [100.0, 0.0], [0.0, 100.0]])
    points = groups.repeat_interleave(20, 0) + torch.randn(60, 2)
    tries = [k_means(points, 3, 10) for _ in range(5)]
    centres, cluster = min(tries, key=lambda found: float((points - found[0][found[1]]).square().sum()))
    for number in range(3):
        own = points[20 * number : 20 * number + 20]
        assert len(cluster[20 * number : 20 * number + 20].unique()) == 1
        torch.testing.assert_close(centres[cluster[20 * number]], own.mean(0))


def test_a_layer_that_is_not_there_is_refused() -> None:
    with pytest.raises(UserError, match=r"backbone\.hops=2: layer 4 needs backbone\.num_layers=4 or more"):
        NCL(parts.interactions(), 8, num_layers=3, hops=2)
