"""Repetitions, what varies between cells, and what a cell is compared with."""

from pathlib import Path

from made_up_runs import write
from rlmrec.studies.cell import Cell, baseline, group_runs
from rlmrec.studies.run import Run, find


def cells_of(folder: Path) -> tuple[list[Cell], list[Run]]:
    return group_runs(find([str(folder)])[0])


def labels(cells: list[Cell]) -> list[str]:
    return [f"{cell.backbone} {cell.label} {[run.seed for run in cell.runs]}" for cell in cells]


def test_seeds_are_repetitions_and_options_are_not(tmp_path: Path) -> None:
    for seed in (3, 1):
        for noise in (0.25, 0.05, 0.1):
            write(tmp_path / f"c{seed}{noise}", "contrastive", seed, noise=noise)
        write(tmp_path / f"n{seed}", seed=seed)
    assert labels(cells_of(tmp_path)[0]) == [
        "lightgcn none [1, 3]",
        "lightgcn contrastive, noise=0.05 [1, 3]",
        "lightgcn contrastive, noise=0.1 [1, 3]",
        "lightgcn contrastive, noise=0.25 [1, 3]",
    ]


def test_what_differs_only_between_backbones_or_alignments_is_no_factor(tmp_path: Path) -> None:
    write(tmp_path / "a", backbone__num_layers=2)
    write(tmp_path / "b", "contrastive", align__weight=0.3)
    write(tmp_path / "c", "generative", align__weight=0.2, backbone__num_layers=1)
    assert [cell.varied for cell in cells_of(tmp_path)[0]] == [{}, {}, {}]


def test_machines_and_labels_are_no_factors_but_precision_is(tmp_path: Path) -> None:
    write(tmp_path / "a", seed=1)
    write(tmp_path / "b", seed=2, trainer__devices=2, experiment="main", tags=["x"], dataset__verify_checksums=False)
    write(tmp_path / "c", seed=3, trainer__precision="bf16-mixed")
    assert labels(cells_of(tmp_path)[0]) == [
        "lightgcn none, precision=null [1, 2]",
        "lightgcn none, precision=bf16-mixed [3]",
    ]


def test_the_later_of_two_equal_runs_counts(tmp_path: Path) -> None:
    write(tmp_path / "a", recall=0.5, finished="2026-01-02T00:00:00")
    old = write(tmp_path / "b", recall=0.1, finished="2026-01-01T00:00:00")
    oldest = write(tmp_path / "c", recall=0.2, finished="2025-01-01T00:00:00", text_control="shuffled")
    cells, replaced = cells_of(tmp_path)
    assert [cell.values("recall@20").tolist() for cell in cells] == [[0.5]], "without text its control says nothing"
    assert sorted(run.folder.path for run in replaced) == [old, oldest]


def test_alignment_is_compared_under_the_same_other_options(tmp_path: Path) -> None:
    for noise in (0.0, 0.1):
        write(tmp_path / f"n{noise}", noise=noise)
        for control in ("none", "shuffled"):
            write(tmp_path / f"c{noise}{control}", "contrastive", noise=noise, text_control=control)
    cells, _ = cells_of(tmp_path)
    none = {cell.varied["noise"]: cell for cell in cells if cell.align == "none"}
    aligned = [cell for cell in cells if cell.align != "none"]
    assert len(aligned) == 4
    assert all(baseline(cell, cells) is none[cell.varied["noise"]] for cell in aligned)
    assert baseline(none[0.0], cells) is None


def test_noise_is_not_compared_with_none_without_noise(tmp_path: Path) -> None:
    write(tmp_path / "n")
    for noise in (0.0, 0.1):
        write(tmp_path / f"c{noise}", "contrastive", noise=noise)
    none, clean, noisy = cells_of(tmp_path)[0]
    assert baseline(clean, [none, clean, noisy]) is none
    assert baseline(noisy, [none, clean, noisy]) is None


def test_other_profiles_of_the_same_data_share_the_baseline(tmp_path: Path) -> None:
    write(tmp_path / "n", dataset__root="/data/minilm")
    for root in ("minilm", "tfidf"):
        write(tmp_path / root, "contrastive", dataset__root=f"/data/{root}")
    none, *aligned = cells_of(tmp_path)[0]
    assert [cell.options for cell in aligned] == ["dataset.root=minilm", "dataset.root=tfidf"]
    assert [baseline(cell, [none, *aligned]) for cell in aligned] == [none, none]


def test_the_representative_run_has_the_median_validation(tmp_path: Path) -> None:
    for seed, recall in enumerate((0.3, 0.1, 0.2, 0.4)):
        write(tmp_path / str(seed), seed=seed, recall=recall)
    (cell,) = cells_of(tmp_path)[0]
    assert cell.representative.seed == 2


def test_an_earlier_run_to_start_from_is_told_by_its_parts(tmp_path: Path) -> None:
    earlier = write(tmp_path / "earlier", finished=None)
    for seed in (1, 2):
        write(tmp_path / f"a{seed}", seed=seed, initialise_from=str(earlier))
        write(tmp_path / f"b{seed}", seed=seed, initialise_from=str(tmp_path / f"gone{seed}"))
    assert [cell.options for cell in cells_of(tmp_path)[0]] == [
        "initialise_from=another run",
        "initialise_from=lightgcn-none",
    ]
