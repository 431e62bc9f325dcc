"""Public datasets, downloaded from their hosts."""

from rlmrec.public.dataset import PublicDataset

__all__ = ["PublicDataset"]
