"""Warnings that are hidden, and warnings that are not."""

import warnings

from rlmrec.common.silence import silence


def shown(message: str) -> bool:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        silence()
        warnings.warn(message, stacklevel=1)
    return bool(caught)


def test_harmless_warnings_are_hidden() -> None:
    assert not shown("The 'train_dataloader' does not have many workers which may be a bottleneck.")
    assert not shown("It is recommended to use `self.log('val/recall@20', ..., sync_dist=True)` when logging")
    assert not shown("Checkpoint directory outputs/run/checkpoints exists and is not empty.")


def test_others_are_shown() -> None:
    assert shown("Checkpoint directory is not empty")
    assert shown("overflow encountered in exp")
