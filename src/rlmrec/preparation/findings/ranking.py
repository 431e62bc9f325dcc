"""Findings on rankings of too few items."""

from collections.abc import Iterator

from rlmrec.data.findings.depth import is_constant, items_to_rank
from rlmrec.preparation.folder_contents import FolderContents


def warnings(contents: FolderContents, monitor: str) -> Iterator[str]:
    """Yield a line if the metric that training monitors by default is the same for every model.

    Args:
        contents: contents of a dataset folder.
        monitor: metric such as ``recall@20``.
    """
    items = items_to_rank(contents.dataset.val, contents.dataset.train)
    if is_constant(monitor, items).all():
        yield (
            f"no user has more than {items.max(initial=0)} items left to rank, so that {monitor}, which training "
            f"watches, is the same for every model: train with evaluation.monitor=val/ndcg@{monitor.rpartition('@')[2]}"
        )
