"""Warnings about runs, and the headline."""

import json
from pathlib import Path

from made_up_runs import write
from rlmrec.report.build import Report

EARLY = {"trainer__max_epochs": 500}


def lines(folder: Path) -> str:
    return "\n".join(Report([str(folder)], None).data.warnings)


def headline(folder: Path) -> str:
    from rlmrec.report.headline import headlines

    (line,) = headlines(Report([str(folder)], ["recall@20"]).data.compared, "recall@20")
    return line


def change(run: Path, **values: object) -> None:
    path = run / "metrics.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_runs_that_ended_at_the_last_epoch_are_told(tmp_path: Path) -> None:
    write(tmp_path / "a", seed=1)
    write(tmp_path / "b", seed=2, trainer__max_epochs=30)
    assert "2 of 2 runs ended at trainer.max_epochs" in lines(tmp_path)


def test_runs_that_stopped_early_are_not(tmp_path: Path) -> None:
    write(tmp_path / "a", **EARLY)
    assert "max_epochs" not in lines(tmp_path) and "epoch 0" not in lines(tmp_path)


def test_runs_that_were_best_at_the_first_epoch_are_told(tmp_path: Path) -> None:
    for name, rows in (("worse", "0,0.1\n3,0.09\n"), ("once", "0,0.1\n1,\n")):
        run = write(tmp_path / name, backbone=name, **EARLY)
        change(run, best_epoch=0)
        (run / "metrics.csv").write_text(f"epoch,val/recall@20\n{rows}")
    told = next(line for line in lines(tmp_path).splitlines() if "best at epoch 0" in line)
    assert told.startswith("1 of 2 runs were best at epoch 0") and told.endswith("worse · none, seed 1")


def test_no_more_than_some_settings_are_named(tmp_path: Path) -> None:
    for number in range(20):
        write(tmp_path / str(number), backbone=f"backbone{number:02}", trainer__max_epochs=1)
    told = next(line for line in lines(tmp_path).splitlines() if "ended at trainer.max_epochs" in line)
    assert told.startswith("20 of 20 runs") and told.endswith("backbone02 · none, seed 1 and 17 more")


def test_runs_on_a_plateau_are_told_and_those_that_learned_are_not(tmp_path: Path) -> None:
    for name, seed, first in (("flat", 1, 0.105), ("steep", 2, 0.02)):
        run = write(tmp_path / name, seed=seed, recall=0.1, **EARLY)
        (run / "metrics.csv").write_text(f"epoch,val/recall@20\n0,{first}\n12,0.11\n")
    assert "1 of 2 runs rose by less than 10% after the first validation" in lines(tmp_path)
    assert lines(tmp_path).endswith("books · lightgcn · none, seed 1")


def test_trials_of_a_search_are_told(tmp_path: Path) -> None:
    write(tmp_path / "run", seed=1, callbacks__pruning__trial=None, **EARLY)
    write(tmp_path / "trial", seed=2, callbacks__pruning__trial=0, **EARLY)
    told = next(line for line in lines(tmp_path).splitlines() if "trials of a search" in line)
    assert told.startswith("1 of 2 runs are trials") and told.endswith("seed 2")


def test_rows_that_were_fitted_have_no_plateau(tmp_path: Path) -> None:
    run = write(tmp_path / "fitted", recall=0.1, **EARLY)
    (run / "metrics.csv").write_text("epoch,val/recall@20\n0,0.11\n")
    change(run, epochs=0, best_epoch=0)
    assert "first validation" not in lines(tmp_path)


def test_seeds_that_one_side_lacks_are_told(tmp_path: Path) -> None:
    for seed in (1, 2):
        write(tmp_path / f"n{seed}", seed=seed)
    write(tmp_path / "c", "contrastive", 1)
    assert "share 1 of 1 and 2 seeds" in lines(tmp_path)


def test_without_three_seeds_the_headline_claims_nothing(tmp_path: Path) -> None:
    users = {str(number): number / 100 for number in range(50)}
    better = {name: value + 0.1 for name, value in users.items()}
    for seed in (1, 2):
        write(tmp_path / f"n{seed}", "none", seed, 0.1, users)
        write(tmp_path / f"c{seed}", "contrastive", seed, 0.2, better)
    assert "the highest test recall@20 is 0.2000, by lightgcn with align=contrastive (mean of 2 seeds)" in headline(
        tmp_path
    )
    assert "Whether alignment helps cannot be said" in headline(tmp_path) and "p " not in headline(tmp_path)


def test_the_headline_says_what_holds_over_seeds(tmp_path: Path) -> None:
    for seed, noise in ((1, 0.0), (2, 0.001), (3, 0.002)):
        write(tmp_path / f"n{seed}", "none", seed, 0.1 + noise)
        write(tmp_path / f"c{seed}", "contrastive", seed, 0.2)
        write(tmp_path / f"g{seed}", "generative", seed, 0.1 + 30 * (noise - 0.001))
    told = headline(tmp_path)
    assert "Significant over seeds, of 2 tested differences" in told
    assert "lightgcn with contrastive +98.0 % (p < 0.0" in told or "lightgcn with contrastive +98.0 % (p = 0.0" in told
    assert "with generative" not in told


def test_one_run_is_told_as_one(tmp_path: Path) -> None:
    write(tmp_path / "a")
    assert headline(tmp_path) == "books: test recall@20 of lightgcn with align=none is 0.1000 (one run)."
