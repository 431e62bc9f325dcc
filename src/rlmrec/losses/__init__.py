"""Loss functions, one per file."""

from rlmrec.losses.bpr import bpr
from rlmrec.losses.info_nce import info_nce, weighted_mean
from rlmrec.losses.log_sum_exp import mean_log_sum_exp
from rlmrec.losses.reconstruction import reconstruction

__all__ = ["bpr", "info_nce", "mean_log_sum_exp", "reconstruction", "weighted_mean"]
