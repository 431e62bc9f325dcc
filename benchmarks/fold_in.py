"""What new users lose who are folded in instead of trained: the same users both ways.

python benchmarks/fold_in.py --dataset dataset=bookshelf --out fold_in.json

A tenth of the users with test items is drawn. One model is trained with everybody, another one without these users, who
are then folded in by their training items, by their profiles, and by both. All are tested on the test items of the
drawn users alone; "popular" gives them the items with most training interactions of the others.
"""

import argparse
import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch
from scipy.sparse import csr_array, diags_array

import rlmrec
from rlmrec.api import TrainedRun, load_dataset
from rlmrec.backbones.scores import MatrixScores, Scores, ScoresOfSome
from rlmrec.data.dataset import Dataset
from rlmrec.data.matrices import coordinates
from rlmrec.data.writing import write_folder
from rlmrec.evaluation.metrics import RankingMetrics
from rlmrec.evaluation.ranking import scored_top_items
from rlmrec.recommending import ListRequest, Newcomers
from rlmrec.recommending.fold_in import FoldIn
from rlmrec.runs.provenance import provenance

SHARE = 0.1
PLACES = 20
MOST_SEEN = 400
"""More items than any user has seen."""
ROWS = ("rp3beta", "item_knn", "user_knn", "ease", "gf_cf", "ials", "mf", "lightgcn", "simgcl", "mult_vae")


def tested(scores: Scores, seen: csr_array, held_out: csr_array) -> dict[str, float]:
    """Means over users, whose rows the scores and both matrices have in the same order."""
    metrics = RankingMetrics([PLACES])
    pairs = [torch.from_numpy(coordinates(part)) for part in (seen, held_out)]
    items, _ = scored_top_items(scores, torch.arange(seen.shape[0]), pairs[0], PLACES)
    values = metrics.per_user(items, pairs[1]).double().mean(0)
    return {name: float(value) for name, value in zip(metrics.names, values, strict=True)}


def without(dataset: Dataset, users: np.ndarray) -> Dataset:
    """The same dataset, in which some users have neither training nor validation items."""
    kept = np.ones(dataset.num_users)
    kept[users] = 0
    parts = {}
    for name in ("train", "val"):
        matrix = csr_array(diags_array(kept) @ getattr(dataset, name)).astype(np.float32)
        matrix.eliminate_zeros()
        parts[name] = matrix
    return replace(dataset, train_weights=None, **parts)


def measure(words: list[str], dataset: Dataset, users: np.ndarray, place: Path) -> dict[str, Any]:
    """Metrics of the drawn users: trained, folded in, and with the popular items."""
    seen, held_out = csr_array(dataset.train[users]), csr_array(dataset.test[users])
    found: dict[str, Any] = {}
    for name, data in (("trained", dataset), ("folded in", without(dataset, users))):
        if not (place / name).exists():
            write_folder(data, place / name, source="benchmark", embeddings_info=dict(dataset.embeddings_info))
        own = ["dataset=folder", f"dataset.root={place / name}", "dataset.allow_empty_training_rows=true", *words]
        run = rlmrec.train(rlmrec.compose([*own, "~callbacks.progress"]), place / f"{name}-{'-'.join(words[:2])}")
        scores = run.served.scores
        if name == "folded in":
            counts = np.asarray(data.train.sum(axis=0), np.float32)[None]
            popular = MatrixScores(csr_array(np.ones((len(users), 1), np.float32)), counts)
            found["popular"] = tested(popular, seen, held_out)
            by_history = FoldIn(run.model, run.served.embeddings, run.dataset)
            if run.model.backbone.has_embeddings:
                found["placement"] = by_history.method
            found[name] = tested(by_history.scores(seen), seen, held_out)
            found |= by_profile(run, users, seen, held_out)
        else:
            found[name] = tested(ScoresOfSome(scores, users), seen, held_out)
    return found


def by_profile(run: TrainedRun, users: np.ndarray, seen: csr_array, held_out: csr_array) -> dict[str, Any]:
    """Metrics of the drawn users as newcomers with a profile, and with a profile and a history."""
    if run.dataset.user_embeddings is None:
        return {}
    names = [f"new {number}" for number in range(len(users))]
    table = pl.DataFrame({"external_id": names, "profile": run.dataset.users["profile"].gather(users)})
    people = Newcomers(table, np.asarray(run.dataset.user_embeddings[users], np.float32))
    items = run.dataset.items["external_id"].to_list()
    histories = {name: [items[i] for i in seen[[row]].indices] for row, name in enumerate(names)}
    numbers = pl.DataFrame({"item": items, "number": np.arange(len(items))})
    metrics, found = RankingMetrics([PLACES]), {}
    relevant = torch.from_numpy(coordinates(held_out))
    for name, given in (("profile", None), ("both", histories)):
        exclude = None if given else histories  # all ways leave out the same items
        lists = run.served.recommend_to_new(ListRequest(k=PLACES + MOST_SEEN), given, people)
        rows = lists.join(numbers, on="item", how="left", maintain_order="left")
        placed = np.full((len(users), PLACES), -1)
        for row, user in enumerate(names):
            mine = rows.filter(pl.col("user") == user)["number"].to_numpy()
            placed[row] = mine[~np.isin(mine, seen[[row]].indices)][:PLACES] if exclude else mine[:PLACES]
        values = metrics.per_user(torch.from_numpy(placed), relevant).double().mean(0)
        found[name] = {key: float(value) for key, value in zip(metrics.names, values, strict=True)}
    return found


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", nargs="+", default=["dataset=bookshelf"], metavar="OPTION=VALUE")
    parser.add_argument("--rows", nargs="+", default=list(ROWS), help="backbones, or BACKBONE-ALIGNMENT")
    parser.add_argument("--seed", type=int, default=0, help="of the draw of users")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    dataset = load_dataset(rlmrec.compose([*options.dataset, "align=none"]))
    eligible = np.flatnonzero((np.diff(dataset.test.indptr) > 0) & (np.diff(dataset.train.indptr) > 0))
    users = np.sort(np.random.default_rng(options.seed).choice(eligible, round(SHARE * len(eligible)), replace=False))
    results: dict[str, Any] = {"environment": provenance([]), "users": len(users), "rows": {}}
    with tempfile.TemporaryDirectory() as folder:
        for row in options.rows:
            backbone, _, align = row.partition("-")
            words = [f"backbone={backbone}", f"align={align or 'none'}", "trainer=cpu"]
            results["rows"][row] = found = measure(words, dataset, users, Path(folder))
            shown = [
                f"{found[way]['recall@20']:.4f} {found[way]['ndcg@20']:.4f}"
                for way in ("trained", "folded in", "profile", "both", "popular")
                if way in found
            ]
            print(row, *shown, found.get("placement", ""), sep=" | ", flush=True)
            options.out.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
