"""A small folder as XRec publishes it, and the command that reads it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from rlmrec.cli import prepare_data
from tiny import command

NUM_USERS, NUM_ITEMS = 12, 9
SUBJECTS = ("café and cake", "noodles and soup", "rock concerts")


def profile(kind: str, number: int) -> str:
    return f"This {kind} is all about {SUBJECTS[number % 3]}, number {number}"


def write_source(folder: Path) -> Path:
    """A folder as XRec publishes it; user 5 has no training interaction."""
    folder.mkdir()
    random = np.random.default_rng(0)
    part = random.integers(0, 4, (NUM_USERS, NUM_ITEMS))  # 3: not chosen
    part[np.arange(NUM_USERS), np.arange(NUM_USERS) % NUM_ITEMS] = 0
    part[5, part[5] == 0] = 3
    for number, split in enumerate(("trn", "val", "tst")):
        sparse.save_npz(folder / f"sub_{split}.npz", sparse.csr_matrix((part == number).astype(np.float64)))
    users = [{"uid": i, "xrec_uid": 7 * i, "profile": profile("user", i)} for i in range(NUM_USERS)]
    items = [{"iid": i, "title": f"Place {i}", "profile": profile("item", i)} for i in range(NUM_ITEMS)]
    for name, rows in (("users", users), ("items", items)):
        write_lines(folder / f"sub_{name}.jsonl", rows)
    return folder


def write_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]


def prepare(source: Path, out: Path, *more: str) -> int:
    return command(prepare_data, "source=xrec_yelp", f"source.root={source}", f"out={out}", *more)
