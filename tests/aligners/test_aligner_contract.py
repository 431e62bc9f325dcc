"""What every aligner with a configuration file must fulfil."""

import pytest
import torch
from torch import Tensor

import parts
from rlmrec.aligners import Aligner
from rlmrec.graph.batch import Batch

DIM, NUM_NODES = 6, parts.NUM_USERS + parts.NUM_ITEMS

pytestmark = [
    pytest.mark.parametrize("name", parts.ALIGNMENTS),
    pytest.mark.parametrize("output_dim", [DIM, 3 * DIM]),
]


def build(name: str, output_dim: int, texts: Tensor | None = None) -> Aligner:
    texts = parts.profile_embeddings() if texts is None else texts
    return parts.aligner(name, texts, embedding_dim=DIM, output_dim=output_dim)


def losses(
    name: str, aligner: Aligner, nodes: Tensor, masked: Tensor | None, batch: Batch | None = None
) -> dict[str, Tensor]:
    """The terms of a batch: every aligner has some, but the one that aligns nothing."""
    terms = aligner.losses(nodes, batch or parts.batch(), masked)
    assert bool(terms) == (name != "none")
    return terms


def table(width: int) -> Tensor:
    return torch.randn(NUM_NODES, width, generator=torch.Generator().manual_seed(width))


def test_corrupt_changes_the_masked_rows_of_a_copy_only(name: str, output_dim: int) -> None:
    aligner, initial = build(name, output_dim), table(DIM)
    before = initial.clone()
    corrupted, masked = aligner.corrupt(initial)
    assert torch.equal(initial, before)
    assert corrupted.shape == initial.shape
    changed = (corrupted != initial).any(1).nonzero()[:, 0]
    assert torch.equal(changed, changed.new_empty(0) if masked is None else masked.sort().values)


def test_the_mask_is_as_large_as_configured(name: str, output_dim: int) -> None:
    ratio = parts.options("align", name).get("mask_ratio")
    _, masked = build(name, output_dim).corrupt(table(DIM))
    if ratio is None:
        assert masked is None
    else:
        assert masked is not None
        assert len(masked.unique()) == len(masked) == max(int(ratio * NUM_NODES), 1)


@pytest.mark.parametrize("negatives", [True, False])
def test_terms_are_finite_scalars_whatever_the_order_of_the_batch(name: str, output_dim: int, negatives: bool) -> None:
    aligner, nodes = build(name, output_dim), table(output_dim)
    batch = parts.batch() if negatives else parts.batch()._replace(negatives=None)
    _, masked = aligner.corrupt(table(DIM))
    terms = losses(name, aligner, nodes, masked, batch)
    permuted = losses(name, aligner, nodes, masked, parts.permuted(batch))
    assert permuted.keys() == terms.keys()
    for term, value in permuted.items():
        assert value.shape == () and value.isfinite()
        torch.testing.assert_close(value, terms[term])


def test_gradients_reach_the_table_and_every_parameter(name: str, output_dim: int) -> None:
    aligner, initial = build(name, output_dim), table(DIM).requires_grad_()
    corrupted, masked = aligner.corrupt(initial)
    nodes = corrupted.repeat(1, output_dim // DIM) + corrupted.mean(0).repeat(output_dim // DIM)
    terms = losses(name, aligner, nodes, masked)
    if terms:
        torch.stack(list(terms.values())).sum().backward()
        assert initial.grad is not None and initial.grad.any()
    for path, parameter in aligner.named_parameters():
        assert parameter.grad is not None and parameter.grad.any(), path


def test_a_node_without_text_or_vector_stays_finite(name: str, output_dim: int) -> None:
    texts, nodes = parts.profile_embeddings(), table(output_dim)
    texts[::2] = 0
    nodes[::3] = 0
    aligner, nodes = build(name, output_dim, texts), nodes.requires_grad_()
    _, masked = aligner.corrupt(table(DIM))
    terms = losses(name, aligner, nodes, masked)
    if terms:
        torch.stack(list(terms.values())).sum().backward()
        assert nodes.grad is not None and nodes.grad.isfinite().all()
    for value in terms.values():
        assert value.isfinite()
    for path, parameter in aligner.named_parameters():
        if path != "mask_token":  # which is a part of the initial embeddings; these nodes do not come from them
            assert parameter.grad is not None and parameter.grad.isfinite().all(), path


def test_only_parameters_are_stored_and_constants_move_along(name: str, output_dim: int) -> None:
    aligner = build(name, output_dim)
    assert set(aligner.state_dict()) == {path for path, _ in aligner.named_parameters()}
    aligner.double()
    corrupted, masked = aligner.corrupt(table(DIM).double())
    assert corrupted.dtype == torch.float64
    for value in losses(name, aligner, table(output_dim).double(), masked).values():
        assert value.dtype == torch.float64
