from typing import Any

import numpy as np
import pytest

from rlmrec.cli.results import describe_embeddings, print_encoding
from rlmrec.data.findings.vectors import measure

FULL = {
    "encoder": "bge",
    "options": {"encoder": "transformer", "model": "BAAI/bge", "model_sha256": "0123456789"},
    "transform": {"name": "pca", "dim": 64},
    "text_sha256": "abcdef012345",
    "profiles": {"users": 3, "items": 2},
    "empty_profiles": {"users": 1, "items": 0},
    "mean_vectors": {"users": 2, "items": 0},
    "libraries": {"torch": "2.13.0"},
    "dtype": "float16",
    "dim": 64,
    "ablation": "none",
}


@pytest.mark.parametrize(
    ("info", "says"),
    [
        (FULL, "bge (BAAI/bge), weights 01234567, pca, 64 x float16, profiles abcdef01, torch 2.13.0"),
        ({"encoder": "shuffled", "options": {"of": FULL["options"]}}, "shuffled (BAAI/bge), weights 01234567"),
        ({"encoder": "tfidf", "text_dim": 128}, "tfidf"),
        ({"ablation": "random"}, "unknown encoder, ablation random"),
    ],
)
def test_embeddings_are_described_as_far_as_known(info: dict[str, Any], says: str) -> None:
    assert describe_embeddings(info) == says


def test_counts_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    users = measure(np.array([[1.0, 2.0], [1.0, 2.0], [3.0, 4.0]]))
    print_encoding("data/[b]books", FULL, {"user": users, "item": measure(np.eye(2))})
    printed = capsys.readouterr().out
    assert "data/[b]books" in printed, "brackets are no markup"
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in printed.splitlines() if "│" in line]
    assert rows == [["users", "3", "1", "2", "2", "2"], ["items", "2", "0", "0", "2", "1"]]
