"""Backbones: trained recommenders with node embeddings and fitted recommenders; one per file."""

from rlmrec.backbones.alpharec import AlphaRec
from rlmrec.backbones.autocf import AutoCF
from rlmrec.backbones.base import Backbone, Encoding
from rlmrec.backbones.dccf import DCCF
from rlmrec.backbones.directau import DirectAU
from rlmrec.backbones.ease import EASE
from rlmrec.backbones.fitted import FittedBackbone
from rlmrec.backbones.gccf import GCCF
from rlmrec.backbones.gf_cf import GFCF
from rlmrec.backbones.given_lists import GivenLists
from rlmrec.backbones.ials import IALS
from rlmrec.backbones.item_knn import ItemKNN
from rlmrec.backbones.l3ae import L3AE
from rlmrec.backbones.lightgcl import LightGCL
from rlmrec.backbones.lightgcn import LightGCN
from rlmrec.backbones.lightgcn_pp import LightGCNPlusPlus
from rlmrec.backbones.mf import MF
from rlmrec.backbones.mult_vae import MultVAE
from rlmrec.backbones.ncl import NCL
from rlmrec.backbones.ngcf import NGCF
from rlmrec.backbones.pop import Pop
from rlmrec.backbones.pyg import PyG
from rlmrec.backbones.rp3beta import RP3Beta
from rlmrec.backbones.rp3beta_text import RP3BetaText
from rlmrec.backbones.sgfcf import SGFCF
from rlmrec.backbones.sgl import SGL
from rlmrec.backbones.simgcl import SimGCL
from rlmrec.backbones.slim import SLIM
from rlmrec.backbones.textgcn import TextGCN
from rlmrec.backbones.user_knn import UserKNN
from rlmrec.backbones.xsimgcl import XSimGCL

__all__ = [
    "DCCF",
    "EASE",
    "GCCF",
    "GFCF",
    "IALS",
    "L3AE",
    "MF",
    "NCL",
    "NGCF",
    "SGFCF",
    "SGL",
    "SLIM",
    "AlphaRec",
    "AutoCF",
    "Backbone",
    "DirectAU",
    "Encoding",
    "FittedBackbone",
    "GivenLists",
    "ItemKNN",
    "LightGCL",
    "LightGCN",
    "LightGCNPlusPlus",
    "MultVAE",
    "Pop",
    "PyG",
    "RP3Beta",
    "RP3BetaText",
    "SimGCL",
    "TextGCN",
    "UserKNN",
    "XSimGCL",
]
