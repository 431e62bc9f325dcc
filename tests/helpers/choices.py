"""Names of all backbones, alignments, fusions and initialisers, as the configuration files have them."""

from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from rlmrec.common.config_files import CONFIG_FOLDER, choices


def _chooses_no_alignment(backbone: str) -> bool:
    return "override /align" in Path(CONFIG_FOLDER, "backbone", f"{backbone}.yaml").read_text("utf-8")


EVERY_KIND, ALIGNMENTS = choices("backbone"), choices("align")
FUSIONS, INITIALISERS = choices("fusion"), choices("init")
NOT_ALIGNED = [name for name in EVERY_KIND if _chooses_no_alignment(name) and name != "alpharec"]
"""Backbones without node embeddings that could be aligned."""
FITTED = [name for name in NOT_ALIGNED if name != "mult_vae"]
"""Backbones that are fitted, not trained; ``test_fitted_contract`` checks that it is these."""
BACKBONES = [name for name in EVERY_KIND if name not in NOT_ALIGNED]
"""Backbones with node embeddings, which can be aligned."""

PUBLISHED_BACKBONES = ["autocf", "dccf", "gccf", "lightgcn", "sgl", "simgcl"]
PUBLISHED_ALIGNMENTS = ["contrastive", "generative", "none"]
"""Those that RLMRec published, with hyper-parameters for every dataset."""


def pairs(backbones: Iterable[str], alignments: Iterable[str] = ALIGNMENTS) -> list[Any]:
    """All pairs of backbones and alignments, of which every run tests the published ones and each other part once.

    Other backbones are tested with contrastive alignment, and other alignments with LightGCN; the rest is ``full``.
    """
    found = []
    for backbone, align in product(backbones, alignments):
        own = backbone not in PUBLISHED_BACKBONES, align not in PUBLISHED_ALIGNMENTS
        tested = not any(own) or (own[0] and align == "contrastive") or (own[1] and backbone == "lightgcn")
        found.append(pytest.param(backbone, align, marks=[] if tested else [pytest.mark.full]))
    return found


def _network(name: str, combine: str = "last", **options: Any) -> dict[str, Any]:
    gnn = {"_target_": f"torch_geometric.nn.{name}", "_partial_": True, **options}
    return {"gnn": gnn, "combine": combine}


NETWORKS = {
    "pyg:GCN": _network("GCN"),
    "pyg:GAT": _network("GAT", heads=2),
    "pyg:GIN": _network("GIN"),
    "pyg:LGConv": _network("LGConv", combine="sum"),
    "pyg:GATConv": _network("GATConv", heads=2),
    "pyg:GraphSAGE+BatchNorm+Dropout": _network("GraphSAGE", norm="batch_norm", dropout=0.2),
    "pyg:GIN+BatchNorm+Dropout": _network("GIN", norm="batch_norm", dropout=0.2),
}
"""Options of ``backbone=pyg`` with other networks than its default, GraphSAGE."""
