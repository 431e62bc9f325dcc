import torch

import parts
from rlmrec.graph.batch import Batch


def test_scores_are_products_of_the_embeddings_themselves_and_the_loss_is_bpr() -> None:
    backbone = parts.backbone("mf")
    assert torch.equal(backbone.embed(), backbone.initial_embeddings)
    users, items = backbone.split(backbone.embed())
    batch = Batch(torch.tensor([3, 5]), torch.tensor([1, 2]), torch.tensor([7, 0]))
    losses = backbone.losses(backbone.encode(backbone.initial_embeddings), batch)
    margins = [users[3] @ (items[1] - items[7]), users[5] @ (items[2] - items[0])]
    expected = sum(torch.log(1 + torch.exp(-margin)) for margin in margins) / 2
    torch.testing.assert_close(losses["bpr"], expected)
