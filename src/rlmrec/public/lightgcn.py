"""Datasets in the files published by the authors of LightGCN (He et al., SIGIR 2020)."""

from rlmrec.preparation.sources import TableSource
from rlmrec.preparation.splits import GivenSplit
from rlmrec.public.recipe import AUTO_COLUMNS, Recipe

FOLDER = "https://raw.githubusercontent.com/gusye1234/LightGCN-PyTorch/947ca2b3b1d2d3545b114145710cb06c4e57b3d2/data"


def lightgcn(title: str, folder: str, train: str, test: str) -> Recipe:
    """Return the recipe of a dataset, with its own test set and a tenth of the training interactions for validation.

    Args:
        title: title of the dataset.
        folder: folder of its files.
        train: Git blob hash of the training file.
        test: Git blob hash of the test file.
    """
    source = TableSource(
        title,
        f"{title} in the files of LightGCN's authors; validation was cut from training",
        root=".",
        interactions={"train": "train.txt", "test": "test.txt"},
        users=None,
        items=None,
        formats={"interactions": "adjacency"},
        **AUTO_COLUMNS,
    )
    return Recipe(
        f"{FOLDER}/{folder}/",
        ("train.txt", "test.txt"),
        source,
        filters={},
        split=GivenSplit(val_share=0.1, seed=0),
        checksums={"train.txt": f"git:{train}", "test.txt": f"git:{test}"},
    )


LIGHTGCN = {
    "gowalla": lightgcn(
        "Gowalla",
        "gowalla",
        train="a27782bd7a1d4d0744148dc0460ea94da74763f2",
        test="9ed5af4b5d21511f33740b4e22e3852f45671800",
    ),
    "yelp2018": lightgcn(
        "Yelp2018",
        "yelp2018",
        train="cda12361055ba448ae4bd1070f6000c16dea8f22",
        test="30dfbc3437b27b74cb2970b435a5ec93ad9f2468",
    ),
    "amazon_book": lightgcn(
        "Amazon-book",
        "amazon-book",
        train="6ef55159c5f1fd7f6d86eb9ff290d0cc2854ac99",
        test="09e5da4e0bf46c751c4ba0f4375e414fd13512cd",
    ),
}
