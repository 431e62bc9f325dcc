"""Three users and four items, with scores whose rankings can be told by hand."""

import numpy as np
import polars as pl
import torch
from scipy.sparse import csr_array

NAMES = pl.Series(["ann", "bob", "cas"])
SCORES = torch.tensor([[0.1, 0.3, 0.2, 0.9], [1.0, 2.0, 3.0, 4.0], [0.4, 0.3, 0.2, 0.1]])
TRAIN = [[0, 0, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0]]
TEST = [[0, 0, 1, 0], [0, 0, 0, 0], [1, 0, 0, 0]]


def matrix(rows: list[list[int]]) -> csr_array:
    """Interactions of users, a row each."""
    return csr_array(np.array(rows, dtype=np.float32))
