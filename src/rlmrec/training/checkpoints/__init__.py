"""Checkpoints: their content, their schedule, and how they are written and read."""

from rlmrec.training.checkpoints.checkpoint import Checkpoint
from rlmrec.training.checkpoints.files import AtomicCheckpointIO, read_checkpoint
from rlmrec.training.checkpoints.restored import Restored
from rlmrec.training.checkpoints.sparing import SparingCheckpointIO
from rlmrec.training.checkpoints.sparing_writes import SparingWrites

__all__ = ["AtomicCheckpointIO", "Checkpoint", "Restored", "SparingCheckpointIO", "SparingWrites", "read_checkpoint"]
