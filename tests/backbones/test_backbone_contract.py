"""What every backbone with a configuration file must fulfil."""

import pytest
import torch
from torch import Tensor

import parts
from rlmrec.backbones import Backbone
from rlmrec.graph import Interactions
from rlmrec.graph.batch import Batch

pytestmark = pytest.mark.parametrize("name", parts.EVERY_BACKBONE)


def training_batch(backbone: Backbone) -> Batch:
    return parts.batch() if backbone.uses_negatives else parts.batch()._replace(negatives=None)


def sizes(backbone: Backbone) -> tuple[int, int]:
    return backbone.num_users, backbone.num_items


def copied(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in state.items()}


def encoded(backbone: Backbone, initial: Tensor) -> Tensor:
    torch.manual_seed(1)
    return backbone.encode(initial).nodes


@pytest.mark.parametrize("embedding_dim", [4, 10])
def test_widths(name: str, embedding_dim: int) -> None:
    backbone = parts.backbone(name, embedding_dim=embedding_dim)
    num_nodes = parts.NUM_USERS + parts.NUM_ITEMS
    backbone.resample(0)
    assert backbone.embedding_dim == embedding_dim
    assert backbone.initial_embeddings.shape == (num_nodes, backbone.initial_dim)
    assert backbone.initial_dim == (embedding_dim if backbone.has_table else parts.TEXT_DIM)
    assert (
        backbone.embed().shape
        == backbone.encode(backbone.initial_embeddings).nodes.shape
        == (num_nodes, backbone.output_dim)
    )
    users, items = backbone.split(backbone.embed())
    assert (len(users), len(items)) == (parts.NUM_USERS, parts.NUM_ITEMS)


def test_evaluation_is_free_of_chance_and_of_the_state_of_training(name: str) -> None:
    backbone = parts.backbone(name).train()
    before, stored = torch.get_rng_state(), copied(backbone.state_dict())
    first = backbone.embed()
    assert torch.equal(backbone.embed(), first)
    assert torch.equal(torch.get_rng_state(), before), "evaluation draws random numbers"
    assert all(map(torch.equal, stored.values(), backbone.state_dict().values())), "evaluation changes what is stored"
    assert all(part.training for part in backbone.modules()), "evaluation changes how training goes on"
    backbone.resample(0)
    backbone.encode(backbone.initial_embeddings)
    last = backbone.embed()
    pairs = zip(stored.values(), backbone.state_dict().values(), strict=True)
    learned = [(old, new) for old, new in pairs if old.is_floating_point()]  # and no counter of steps or epochs
    assert torch.equal(last, first) == all(torch.equal(old, new) for old, new in learned)
    assert torch.equal(backbone.eval().embed(), last)
    restored = parts.backbone(name)
    restored.load_state_dict(backbone.state_dict())
    assert torch.equal(restored.embed(), last), "evaluation depends on what is not stored"


def test_all_randomness_follows_the_seed(name: str) -> None:
    backbone = parts.backbone(name)
    results = []
    for _ in range(2):
        torch.manual_seed(5)
        terms = backbone.resample(0)
        encoding = backbone.encode(backbone.initial_embeddings)
        terms |= backbone.losses(encoding, training_batch(backbone))
        results.append([encoding.nodes, *terms.values()])
    assert all(map(torch.equal, *results))


@pytest.mark.parametrize("row", [0, parts.NUM_USERS + 3])
def test_changing_one_row_of_the_given_table_changes_the_output(name: str, row: int) -> None:
    backbone = parts.backbone(name)
    backbone.resample(0)
    initial = backbone.initial_embeddings.detach().clone()
    before = encoded(backbone, initial).clone()
    assert torch.equal(encoded(backbone, initial), before)
    assert torch.equal(initial, backbone.initial_embeddings), "the table was written to"
    initial[row] += 1
    assert not torch.equal(encoded(backbone, initial), before)


def test_gradients_reach_the_given_table_and_every_parameter(name: str) -> None:
    backbone = parts.backbone(name)
    backbone.resample(0)
    initial = backbone.initial_embeddings.detach().clone().requires_grad_()
    terms = backbone.losses(backbone.encode(initial), training_batch(backbone))
    torch.stack(list(terms.values())).sum().backward()
    assert initial.grad is not None and initial.grad.any(1).all()
    assert backbone.initial_embeddings.grad is None, "some part of training bypasses the given table"
    for path, parameter in backbone.named_parameters():
        if path != "initial_embeddings":
            assert parameter.grad is not None and parameter.grad.any(), path


def test_terms_are_finite_scalars_and_do_not_depend_on_the_order_of_the_batch(name: str) -> None:
    backbone = parts.backbone(name)
    terms = backbone.resample(0)
    encoding = backbone.encode(backbone.initial_embeddings)
    batch = training_batch(backbone)
    losses = backbone.losses(encoding, batch)
    assert losses
    for term in (terms | losses).values():
        assert term.shape == () and term.isfinite() and term.requires_grad
    for term, value in backbone.losses(encoding, parts.permuted(batch)).items():
        torch.testing.assert_close(value, losses[term])


def test_nothing_is_stored_that_follows_from_the_interactions(name: str) -> None:
    """All parameters are stored, and statistics of normalisation layers; no graph."""
    backbone = parts.backbone(name)
    backbone.resample(0)
    stored = backbone.state_dict()
    assert stored.keys() >= dict(backbone.named_parameters()).keys()
    fewer = Interactions(torch.arange(parts.NUM_USERS), torch.arange(parts.NUM_USERS) % 3, *sizes(backbone))
    other = parts.backbone(name, fewer)
    other.resample(0)
    assert stored.keys() == other.state_dict().keys()
    assert all(map(torch.equal, stored.values(), other.state_dict().values()))


def test_what_is_regularised_is_trained_and_holds_the_initial_embeddings(name: str) -> None:
    backbone = parts.backbone(name)
    covered = {id(parameter) for parameter in backbone.regularised_parameters()}
    assert covered <= {id(parameter) for parameter in backbone.parameters()}
    assert (id(backbone.initial_embeddings) in covered) == backbone.has_table


def test_constants_move_along(name: str) -> None:
    """Moving to another type stands in for moving to another device."""
    backbone = parts.backbone(name)
    backbone.resample(0)
    backbone.double()
    assert encoded(backbone, backbone.initial_embeddings).dtype == backbone.embed().dtype == torch.float64


@pytest.mark.parametrize("isolated", [1, 4])
def test_nodes_without_interactions_stay_finite(name: str, isolated: int) -> None:
    backbone = parts.backbone(name, parts.interactions(isolated))
    batch = training_batch(backbone)
    terms = backbone.resample(0)
    encoding = backbone.encode(backbone.initial_embeddings)
    terms |= backbone.losses(encoding, batch)
    torch.stack(list(terms.values())).sum().backward()
    assert encoding.nodes.isfinite().all() and backbone.embed().isfinite().all()
    assert all(parameter.grad is not None and parameter.grad.isfinite().all() for parameter in backbone.parameters())
