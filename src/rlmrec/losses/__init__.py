"""Loss functions, one a file."""

from rlmrec.losses.bpr import bpr
from rlmrec.losses.info_nce import info_nce, weighted_mean
from rlmrec.losses.log_sum_exp import log_sum_exp_products
from rlmrec.losses.reconstruction import reconstruction

__all__ = ["bpr", "info_nce", "log_sum_exp_products", "reconstruction", "weighted_mean"]
