"""Embeddings of users and items without training interactions, from their profiles alone."""

import torch
from torch import Tensor
from torch.nn.functional import normalize

from rlmrec.aligners import Aligner
from rlmrec.data.profile_embeddings import ProfileEmbeddings
from rlmrec.graph import Interactions


def without_interactions(interactions: Interactions) -> Tensor:
    """Return a mask of the nodes without training interactions, users first, ``(N,)`` bool."""
    cold = torch.ones(interactions.num_nodes, dtype=torch.bool)
    cold[interactions.users] = False
    cold[interactions.items + interactions.num_users] = False
    return cold


def fill_cold_embeddings(
    nodes: Tensor, cold: Tensor, num_users: int, aligner: Aligner, profile_embeddings: ProfileEmbeddings
) -> Tensor:
    """Return node embeddings in which those of cold nodes are computed from their profiles.

    Alignment compares directions only, so a profile determines the direction of an embedding but not its length.
    Scores are dot products, in which length acts like popularity: each cold user or item gets the mean length of the
    trained users or items, as if it were of average popularity. This choice needs no held-out data.

    Args:
        nodes: embeddings of all nodes, users first, ``(N, D)``; those of cold nodes are not used.
        cold: mask of cold nodes, ``(N,)`` bool.
        num_users: number of users.
        aligner: aligner that maps profiles to embeddings.
        profile_embeddings: profile embeddings, users first, ``(N, T)``.

    Returns:
        Node embeddings, ``(N, D)``; rows of other nodes are unchanged.

    Raises:
        UserError: if the aligner cannot place profiles.
    """
    placed = nodes.clone()
    is_user = torch.arange(len(nodes), device=nodes.device) < num_users
    for kind in (is_user, ~is_user):
        cold_ids, warm_ids = ((kind & chosen).nonzero()[:, 0] for chosen in (cold, ~cold))
        if len(cold_ids) and len(warm_ids):
            length = nodes[warm_ids].norm(dim=1).mean()
            texts = profile_embeddings[cold_ids.cpu()].to(nodes)  # they are not on the GPU
            placed[cold_ids] = length * normalize(aligner.embeddings_from_text(texts, nodes[warm_ids]), dim=1)
    return placed
