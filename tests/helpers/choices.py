"""Names of all backbones and alignments, as the configuration files have them."""

from typing import Any

from rlmrec.common.config_files import choices

BACKBONES, ALIGNMENTS = choices("backbone"), choices("align")

PUBLISHED_BACKBONES = ["autocf", "dccf", "gccf", "lightgcn", "sgl", "simgcl"]
"""Those that RLMRec published, with hyper-parameters for every dataset."""


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
