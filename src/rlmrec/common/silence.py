"""Warnings and notices of libraries that are of no use to a user."""

import logging
import warnings

HARMLESS = (
    "Sparse CSR tensor support is in beta state",
    "Sparse invariant checks are implicitly disabled",  # the EdgeIndex of PyTorch Geometric does not choose
    "`isinstance\\(treespec, LeafSpec\\)` is deprecated",
    "Be aware that when using `ckpt_path`",  # the weights of a checkpoint are wanted, not its callbacks
    "Checkpoint directory .* exists and is not empty",  # a resumed run's own
    "The '.*' does not have many workers",  # batches are slices of tensors in memory
    "`broadcast_buffers` is deprecated",  # what takes its place synchronises once, which costs time for nothing
    "It is recommended to use `self.log\\(.*sync_dist=True\\)`",  # every process logs the same exact figure
    "This instance was constructed with capturable=True",  # the first steps are not captured
    "Starting from v1.9.0, `tensorboardX` has been removed",
)


def silence() -> None:
    """Hide warnings and notices that are of no use to a user."""
    logging.getLogger("pytorch_lightning.utilities.rank_zero").setLevel(logging.WARNING)
    logging.getLogger("torch.multiprocessing.spawn").setLevel(logging.ERROR)  # the end of a run says it in one line
    for message in HARMLESS:
        warnings.filterwarnings("ignore", message=f".*{message}")
