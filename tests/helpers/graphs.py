"""Graphs of users and what they rated, as PyTorch Geometric holds them."""

from pathlib import Path
from typing import Any

import torch
from scipy.sparse import csr_array
from torch_geometric.data import HeteroData

from rlmrec.data.dataset import Dataset

EDGES = ("user", "interacts", "item")
RATES = ("user", "rates", "movie")


def matrices(dataset: Dataset) -> tuple[csr_array, csr_array, csr_array]:
    """Training, validation and test."""
    return dataset.train, dataset.val, dataset.test


def saved(content: Any, folder: Path) -> Path:
    """The file that was written."""
    torch.save(content, folder / "graph.pt")
    return folder / "graph.pt"


def rated(num_users: int = 20, num_movies: int = 12, **more: Any) -> HeteroData:
    """Ratings as PyG's own datasets hold them: five of every user, edges both ways, features of other widths."""
    graph = HeteroData()
    graph["user"].x, graph["movie"].x = torch.eye(num_users), torch.eye(num_movies)
    users = torch.arange(num_users).repeat_interleave(5)
    movies = (users * 7 + torch.arange(5).repeat(num_users)) % num_movies
    graph[RATES].edge_index = torch.stack([users, movies])
    graph[RATES].rating = torch.ones(len(users))
    graph["movie", "rated_by", "user"].edge_index = torch.stack([movies, users])
    for name, value in more.items():
        graph[RATES][name] = value
    return graph
