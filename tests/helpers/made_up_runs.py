"""Folders of finished runs, written without training."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import yaml

OPTIONS: dict[str, Any] = {
    "seed": 0,
    "text_ablation": "none",
    "interaction_noise": 0.0,
    "initialise_from": None,
    "dataset": {"_target_": "rlmrec.data.FolderDataset", "root": "/somewhere/books", "verify_checksums": True},
    "backbone": {"_target_": "rlmrec.backbones.lightgcn.LightGCN", "_partial_": True, "num_layers": 3},
    "align": {"_target_": "rlmrec.aligners.NoAlignment", "_partial_": True},
    "evaluation": {"monitor": "val/recall@20", "item_pool": "all"},
    "trainer": {"_target_": "pytorch_lightning.Trainer", "devices": 1, "max_epochs": 30},
    "names": {"backbone": "lightgcn", "align": "none"},
}


def write(
    folder: Path,
    align: str = "none",
    seed: int = 1,
    recall: float = 0.1,
    users: dict[str, float] | None = None,
    finished: str | None = "2026-01-01T00:00:00",
    backbone: str = "lightgcn",
    dataset: str = "books",
    fingerprints: dict[str, str | None] | None = None,
    text: bool | None = None,
    data: str = "",
    **options: Any,
) -> Path:
    """Write the folder of a run, of users by external id; dotted options are given as ``align__weight=0.1``.

    It uses text if it is aligned, unless ``text`` says otherwise.
    """
    folder.mkdir(parents=True)
    config = json.loads(json.dumps(OPTIONS)) | {"seed": seed}
    for name, value in options.items():
        *groups, last = name.split("__")
        node = config
        for group in groups:
            node = node.setdefault(group, {})
        node[last] = value
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    if finished is None:
        return folder
    results = {
        "dataset": dataset,
        "backbone": backbone,
        "align": align,
        "seed": seed,
        "data": data,
        "embeddings": {"encoder": "tfidf"} if (align != "none" if text is None else text) else {},
        "best_epoch": 10 + seed,
        "epochs": 30,
        "finished": finished,
        "metrics": {"val/recall@20": recall + 0.01, "test/recall@20": recall, "test/ndcg@20": recall / 2},
    }
    if fingerprints is not None:
        results["fingerprints"] = fingerprints
    (folder / "metrics.json").write_text(json.dumps(results))
    if users is not None:
        table = pl.DataFrame({"external_id": list(users), "recall@20": list(users.values())})
        table.with_row_index("user").write_parquet(folder / "per_user_test.parquet")
    return folder
