"""Callbacks of the training loop, one a file."""

from rlmrec.runs.callbacks.early_stopping import EarlyStopping
from rlmrec.runs.callbacks.efficiency import Efficiency, efficiency
from rlmrec.runs.callbacks.per_user_metrics import PerUserMetrics
from rlmrec.runs.callbacks.process_setup import ProcessSetup
from rlmrec.runs.callbacks.progress import Progress
from rlmrec.runs.callbacks.pruning import Pruning
from rlmrec.runs.callbacks.recommendations import Recommendations
from rlmrec.runs.callbacks.stop_on_signal import StopOnSignal
from rlmrec.runs.callbacks.validation_schedule import ValidationSchedule

__all__ = [
    "EarlyStopping",
    "Efficiency",
    "PerUserMetrics",
    "ProcessSetup",
    "Progress",
    "Pruning",
    "Recommendations",
    "StopOnSignal",
    "ValidationSchedule",
    "efficiency",
]
