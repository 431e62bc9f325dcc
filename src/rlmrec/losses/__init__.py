"""Loss functions, one per file."""

from rlmrec.losses.bpr import bpr
from rlmrec.losses.cosine_error import cosine_error
from rlmrec.losses.info_nce import info_nce
from rlmrec.losses.log_sum_exp import mean_log_sum_exp
from rlmrec.losses.reconstruction import reconstruction
from rlmrec.losses.squared_error import squared_error
from rlmrec.losses.uniformity import uniformity
from rlmrec.losses.weighted_mean import weighted_mean

__all__ = [
    "bpr",
    "cosine_error",
    "info_nce",
    "mean_log_sum_exp",
    "reconstruction",
    "squared_error",
    "uniformity",
    "weighted_mean",
]
