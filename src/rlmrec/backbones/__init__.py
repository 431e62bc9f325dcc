"""Graph backbones, one per file."""

from rlmrec.backbones.autocf import AutoCF
from rlmrec.backbones.base import Backbone, Encoding
from rlmrec.backbones.dccf import DCCF
from rlmrec.backbones.gccf import GCCF
from rlmrec.backbones.lightgcn import LightGCN
from rlmrec.backbones.sgl import SGL
from rlmrec.backbones.simgcl import SimGCL

__all__ = ["DCCF", "GCCF", "SGL", "AutoCF", "Backbone", "Encoding", "LightGCN", "SimGCL"]
