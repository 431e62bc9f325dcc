"""SGL: which graphs are dropped, and the contrast against a loop."""

import pytest
import torch

import parts
from rlmrec.backbones import SGL
from rlmrec.backbones.base import Encoding
from rlmrec.backbones.view_contrast import view_contrast
from rlmrec.graph.batch import Batch
from rlmrec.losses import info_nce

BATCH = Batch(torch.tensor([2, 0, 2]), torch.tensor([1, 1, 3]), torch.tensor([2, 0, 2]))


def build(**options: float) -> SGL:
    torch.manual_seed(0)
    return SGL(parts.interactions(), embedding_dim=4, num_layers=2, **options)


def test_only_the_views_drop_edges_each_its_own() -> None:
    backbone = build(keep_rate=0.5)
    torch.manual_seed(3)
    encoding = backbone.encode(backbone.initial_embeddings)
    torch.testing.assert_close(encoding.nodes, backbone.embed())
    torch.manual_seed(3)
    for view in encoding.views:
        matrix = backbone.graph.matrix(backbone.graph.drop(0.5)).to_dense()
        torch.testing.assert_close(
            view,
            backbone.initial_embeddings
            + matrix @ backbone.initial_embeddings
            + matrix @ matrix @ backbone.initial_embeddings,
        )
    assert not torch.equal(*encoding.views)


@pytest.mark.parametrize("batch", [BATCH, BATCH._replace(negatives=None)], ids=["with negatives", "without negatives"])
def test_each_batch_row_is_contrasted_with_all_nodes_of_its_side(batch: Batch) -> None:
    backbone = build()
    first, second = torch.randn(2, parts.NUM_USERS + parts.NUM_ITEMS, 4)
    expected = 0.0
    for position, ids in enumerate(batch):
        for index in [] if ids is None else ids.tolist():
            side = slice(0, parts.NUM_USERS) if position == 0 else slice(parts.NUM_USERS, None)
            row = side.start + index
            loss = info_nce(first[row : row + 1], second[row : row + 1], second[side], 0.3)
            expected += loss.item() / len(batch.users)
    assert view_contrast(backbone, (first, second), batch, 0.3).item() == pytest.approx(expected, rel=1e-5)


def test_the_contrast_is_weighted_and_added_to_bpr() -> None:
    backbone = build(ssl_weight=0.25, ssl_temperature=0.4)
    nodes, first, second = torch.randn(3, parts.NUM_USERS + parts.NUM_ITEMS, 4)
    terms = backbone.losses(Encoding(nodes, (first, second)), BATCH)
    assert set(terms) == {"bpr", "ssl"}
    torch.testing.assert_close(terms["ssl"], 0.25 * view_contrast(backbone, (first, second), BATCH, 0.4))
