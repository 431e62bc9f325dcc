"""Backbones and aligners as their configuration files describe them, on a small graph."""

from functools import cache, partial
from pathlib import Path
from typing import Any

import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf
from torch import Tensor

from choices import ALIGNMENTS, BACKBONES, FUSIONS, INITIALISERS, NETWORKS
from rlmrec.aligners import Aligner
from rlmrec.backbones import Backbone
from rlmrec.common.config_files import CONFIG_FOLDER
from rlmrec.data import InteractionDataModule
from rlmrec.data.dataset import Dataset
from rlmrec.fusions import Fusion
from rlmrec.graph import Interactions
from rlmrec.graph.batch import Batch
from rlmrec.training.build import build_model
from rlmrec.training.recommender import Recommender

__all__ = ["ALIGNMENTS", "BACKBONES", "EVERY_BACKBONE", "FUSIONS", "INITIALISERS"]

EVERY_BACKBONE = [*BACKBONES, *NETWORKS]
"""All backbones with embeddings and a configuration file, and that of PyTorch Geometric with other networks too."""

NUM_USERS, NUM_ITEMS, TEXT_DIM = 40, 30, 12
SMALLER = {"embedding_dim": 8, "num_intents": 4, "num_heads": 2, "num_seeds": 3}
"""Sizes that replace those of a configuration file, where it has them."""


def interactions(isolated: int = 0) -> Interactions:
    """Three items a user, every item chosen by someone; then as many users and items without interactions."""
    users = torch.arange(NUM_USERS).repeat(3)
    items = torch.cat([torch.arange(NUM_USERS) * step + step for step in (1, 7, 11)]) % NUM_ITEMS
    return Interactions(users, items, NUM_USERS + isolated, NUM_ITEMS + isolated)


def batch(num_items: int = NUM_ITEMS) -> Batch:
    """All interactions, so that every connected node occurs, with negatives among all items."""
    known = interactions()
    negatives = torch.randint(num_items, known.users.shape, generator=torch.Generator().manual_seed(1))
    return Batch(known.users, known.items, negatives)


def permuted(rows: Batch) -> Batch:
    order = torch.randperm(len(rows.users), generator=torch.Generator().manual_seed(2))
    return Batch(*(ids[order] if ids is not None else None for ids in rows))


def profile_embeddings(num_nodes: int = NUM_USERS + NUM_ITEMS) -> Tensor:
    return torch.randn(num_nodes, TEXT_DIM, generator=torch.Generator().manual_seed(3))


@cache
def options(group: str, name: str) -> dict[str, Any]:
    """What the configuration file of a part says, in smaller sizes; ``pyg:NETWORK`` is pyg with another network."""
    file = Path(CONFIG_FOLDER, group, f"{name.partition(':')[0]}.yaml")
    configured: Any = OmegaConf.to_container(OmegaConf.load(file), resolve=True)
    configured.pop("defaults", None)
    smaller = {option: size for option, size in SMALLER.items() if option in configured}
    return configured | NETWORKS.get(name, {}) | smaller


def backbone(name: str, known: Interactions | None = None, **changed: Any) -> Backbone:
    torch.manual_seed(0)
    return with_profiles(instantiate(options("backbone", name) | changed, _convert_="all"), known or interactions())


def with_profiles(make: Any, known: Interactions) -> Any:
    """Call what makes a backbone, with profile embeddings if it takes some."""
    uses = getattr(getattr(make, "func", make), "uses_profiles", False)
    return make(known, **({"profile_embeddings": profile_embeddings(known.num_nodes)} if uses else {}))


def aligner(
    name: str, texts: Tensor, num_users: int = NUM_USERS, embedding_dim: int = 8, output_dim: int = 8, **changed: Any
) -> Aligner:
    torch.manual_seed(0)
    make = instantiate(options("align", name) | changed, _convert_="all")
    return make(profile_embeddings=texts, num_users=num_users, embedding_dim=embedding_dim, output_dim=output_dim)


def fusion(name: str, texts: Tensor, num_users: int = NUM_USERS, output_dim: int = 8, **changed: Any) -> Fusion:
    torch.manual_seed(0)
    make = instantiate(options("fusion", name) | changed, _convert_="all")
    return make(profile_embeddings=texts, num_users=num_users, output_dim=output_dim)


def recommender(backbone_name: str, align: str, known: Interactions | None = None, **changed: Any) -> Recommender:
    body = backbone(backbone_name, known)
    texts = profile_embeddings(body.num_users + body.num_items)
    head = aligner(align, texts, body.num_users, body.initial_dim, body.output_dim)
    return Recommender(body, head, **{"optimizer": torch.optim.Adam, "dataset_identity": {}, "seed": 0} | changed)


def built(
    dataset: Dataset, backbone_name: str = "lightgcn", align: str = "contrastive", **changed: Any
) -> tuple[Recommender, InteractionDataModule]:
    """A model that fits a dataset, and its data."""
    body, head = (instantiate(options(*part)) for part in (("backbone", backbone_name), ("align", align)))
    usual = {
        "recommender": partial(Recommender, reg_weight=1e-3),
        "datamodule": partial(InteractionDataModule, batch_size=200),
        "optimizer": partial(torch.optim.Adam, lr=0.01),
        "seed": 0,
    }
    return build_model(dataset, body, head, **usual | changed)
