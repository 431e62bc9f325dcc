"""Warnings and notices of libraries that do not concern users."""

import logging
import warnings

HARMLESS = (
    "Sparse CSR tensor support is in beta state",
    "Sparse invariant checks are implicitly disabled",  # PyTorch Geometric's EdgeIndex does not set the option
    "`isinstance\\(treespec, LeafSpec\\)` is deprecated",
    "Be aware that when using `ckpt_path`",  # only the weights of the checkpoint are needed, not its callbacks
    "Checkpoint directory .* exists and is not empty",  # expected when a run is resumed
    "The '.*' does not have many workers",  # batches are slices of tensors in memory
    "`broadcast_buffers` is deprecated",  # its replacement synchronises once, which costs time without benefit
    "It is recommended to use `self.log\\(.*sync_dist=True\\)`",  # every process logs the same exact value
    "This instance was constructed with capturable=True",  # the first steps run outside CUDA graph capture
    "Starting from v1.9.0, `tensorboardX` has been removed",
)


def silence() -> None:
    """Hide warnings and notices that do not concern users."""
    logging.getLogger("pytorch_lightning.utilities.rank_zero").setLevel(logging.WARNING)
    logging.getLogger("torch.multiprocessing.spawn").setLevel(logging.ERROR)  # the run reports its end in one line
    for message in HARMLESS:
        warnings.filterwarnings("ignore", message=f".*{message}")
