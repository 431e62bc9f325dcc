"""Names that distinguish published datasets from other files in the same layout."""

import logging
from dataclasses import replace
from pathlib import Path

from rlmrec.common.errors import UserError
from rlmrec.data.dataset import Dataset
from rlmrec.data.published.known import PUBLISHED, differing_files, published_name
from rlmrec.data.published.layout import EMBEDDINGS

log = logging.getLogger(__name__)


def named(dataset: Dataset, folder: Path, as_published: bool, fetched: bool) -> Dataset:
    """Return a dataset unchanged if its files are the published ones, otherwise under a name that marks it.

    Args:
        dataset: dataset that was read from the folder, with the name of a published one.
        folder: folder with the files.
        as_published: whether to refuse other files.
        fetched: whether the folder is from the bundle, whose checksum was verified, so that only interactions are
            compared.

    Raises:
        UserError: if other files are refused; names them.
    """
    name, differing = dataset.name, differing_files(dataset.name, dataset, None if fetched else folder)
    if not differing:
        return dataset
    known, train = PUBLISHED[name], dataset.train.nnz
    told = (
        f"{folder} holds other files than RLMRec's authors published as {name}: {', '.join(differing)} "
        f"({dataset.num_users:,} users, {dataset.num_items:,} items, {train:,} training interactions; published: "
        f"{known.num_users:,}, {known.num_items:,}, {known.train_interactions:,})"
    )
    if as_published:
        raise UserError(f"{told}; {_mend(dataset)}")
    log.warning(told)
    foreign = [file for file in differing if file in EMBEDDINGS.values()]
    return replace(
        dataset,
        name=f"{name} (other files)",
        description=told,
        embeddings_info={"encoder": f"unknown ({', '.join(foreign)})"} if foreign else dataset.embeddings_info,
    )


def _mend(dataset: Dataset) -> str:
    actual = published_name(dataset)
    if actual not in (None, dataset.name):
        return f"they are those of {actual}: choose dataset={actual}"
    return (
        f"leave out dataset.root for the published ones, or set dataset.as_published=false to take these as "
        f"'{dataset.name} (other files)'"
    )
