"""Callbacks of the training loop, one per file."""

from rlmrec.training.callbacks.cuda_graph import CudaGraph
from rlmrec.training.callbacks.early_stopping import EarlyStopping
from rlmrec.training.callbacks.efficiency import Efficiency, efficiency
from rlmrec.training.callbacks.matmul_precision import MatmulPrecision, MatmulPrecisionName
from rlmrec.training.callbacks.per_user_metrics import PerUserMetrics
from rlmrec.training.callbacks.process_setup import ProcessSetup
from rlmrec.training.callbacks.progress import Progress
from rlmrec.training.callbacks.recommendations import Recommendations
from rlmrec.training.callbacks.stop_on_signal import StopOnSignal
from rlmrec.training.callbacks.subnormal_numbers import SubnormalNumbers
from rlmrec.training.callbacks.validation_schedule import ValidationSchedule

__all__ = [
    "CudaGraph",
    "EarlyStopping",
    "Efficiency",
    "MatmulPrecision",
    "MatmulPrecisionName",
    "PerUserMetrics",
    "ProcessSetup",
    "Progress",
    "Recommendations",
    "StopOnSignal",
    "SubnormalNumbers",
    "ValidationSchedule",
    "efficiency",
]
