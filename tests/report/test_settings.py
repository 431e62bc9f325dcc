"""Repetitions, what varies between settings, and what a setting is compared with."""

import dataclasses
import json
from pathlib import Path

import pytest

from made_up_runs import write
from rlmrec import compose
from rlmrec.report.build import Report
from rlmrec.report.comparison import baseline
from rlmrec.report.factors import factors, varying
from rlmrec.report.finished_run import FinishedRun, find
from rlmrec.report.report_data import ReportData, best_by_validation
from rlmrec.report.setting import Setting, group_runs


def settings_of(folder: Path) -> tuple[list[Setting], list[FinishedRun]]:
    return group_runs(find([str(folder)])[0])


def labels(settings: list[Setting]) -> list[str]:
    return [f"{setting.backbone} {setting.label} {[run.seed for run in setting.runs]}" for setting in settings]


def test_seeds_are_repetitions_and_options_are_not(tmp_path: Path) -> None:
    for seed in (3, 1):
        for noise in (0.25, 0.05, 0.1):
            write(tmp_path / f"c{seed}{noise}", "contrastive", seed, interaction_noise=noise)
        write(tmp_path / f"n{seed}", seed=seed)
    assert labels(settings_of(tmp_path)[0]) == [
        "lightgcn none [1, 3]",
        "lightgcn contrastive, interaction_noise=0.05 [1, 3]",
        "lightgcn contrastive, interaction_noise=0.1 [1, 3]",
        "lightgcn contrastive, interaction_noise=0.25 [1, 3]",
    ]


def test_what_differs_only_between_backbones_or_alignments_is_no_factor(tmp_path: Path) -> None:
    write(tmp_path / "a", backbone__num_layers=2)
    write(tmp_path / "b", "contrastive", align__weight=0.3)
    write(tmp_path / "c", "generative", align__weight=0.2, backbone__num_layers=1)
    assert [setting.varied for setting in settings_of(tmp_path)[0]] == [{}, {}, {}]


def test_machines_and_labels_are_no_factors_but_precision_is(tmp_path: Path) -> None:
    write(tmp_path / "a", seed=1)
    write(tmp_path / "b", seed=2, trainer__devices=2, experiment="main", tags=["x"], dataset__verify_checksums=False)
    write(tmp_path / "c", seed=3, trainer__precision="bf16-mixed")
    assert labels(settings_of(tmp_path)[0]) == [
        "lightgcn none, precision=null [1, 2]",
        "lightgcn none, precision=bf16-mixed [3]",
    ]


def test_the_later_of_two_equal_runs_counts(tmp_path: Path) -> None:
    write(tmp_path / "a", recall=0.5, finished="2026-01-02T00:00:00")
    old = write(tmp_path / "b", recall=0.1, finished="2026-01-01T00:00:00")
    oldest = write(tmp_path / "c", recall=0.2, finished="2025-01-01T00:00:00", text_ablation="shuffled")
    settings, replaced = settings_of(tmp_path)
    assert [setting.values("recall@20").tolist() for setting in settings] == [[0.5]], (
        "without text its ablation says nothing"
    )
    assert sorted(run.folder.path for run in replaced) == [old, oldest]


def test_alignment_is_compared_under_the_same_other_options(tmp_path: Path) -> None:
    for noise in (0.0, 0.1):
        write(tmp_path / f"n{noise}", interaction_noise=noise)
        for ablation in ("none", "shuffled"):
            write(tmp_path / f"c{noise}{ablation}", "contrastive", interaction_noise=noise, text_ablation=ablation)
    settings, _ = settings_of(tmp_path)
    none = {setting.varied["interaction_noise"]: setting for setting in settings if setting.align == "none"}
    aligned = [setting for setting in settings if setting.align != "none"]
    assert len(aligned) == 4
    assert all(baseline(setting, settings) is none[setting.varied["interaction_noise"]] for setting in aligned)
    assert baseline(none[0.0], settings) is None


def test_noise_is_not_compared_with_none_without_noise(tmp_path: Path) -> None:
    write(tmp_path / "n")
    for noise in (0.0, 0.1):
        write(tmp_path / f"c{noise}", "contrastive", interaction_noise=noise)
    none, clean, noisy = settings_of(tmp_path)[0]
    assert baseline(clean, [none, clean, noisy]) is none
    assert baseline(noisy, [none, clean, noisy]) is None


def test_another_task_is_no_baseline_even_where_nothing_varies(tmp_path: Path) -> None:
    write(tmp_path / "n")
    for name, options in (
        ("noisy", {"interaction_noise": 0.1}),
        ("narrow", {"evaluation__item_pool": "cold"}),
        ("small", {"dataset__num_readers": 200}),
        ("part", {"trainer__limit_test_batches": 1}),
    ):
        write(tmp_path / name / "c", "contrastive", **options)
        none, aligned = group_runs([*find([str(tmp_path / "n")])[0], *find([str(tmp_path / name)])[0]])[0]
        assert baseline(aligned, [none, aligned]) is None, name


def test_a_run_begun_with_another_is_compared_with_one_from_scratch(tmp_path: Path) -> None:
    earlier = write(tmp_path / "earlier", "contrastive", finished=None)
    for noise in (0.0, 0.1):
        write(tmp_path / f"scratch{noise}", interaction_noise=noise)
        write(tmp_path / f"tuned{noise}", interaction_noise=noise, initialise_from=str(earlier))
    settings, _ = settings_of(tmp_path)
    scratch = {
        setting.varied["interaction_noise"]: setting
        for setting in settings
        if setting.varied["initialise_from"] is None
    }
    tuned = [setting for setting in settings if setting.varied["initialise_from"]]
    assert len(tuned) == 2
    assert all(baseline(setting, settings) is scratch[setting.varied["interaction_noise"]] for setting in tuned)
    assert all(baseline(setting, settings) is None for setting in scratch.values())


def test_cold_ones_placed_by_text_share_the_baseline(tmp_path: Path) -> None:
    write(tmp_path / "n", evaluation__cold_from_text=False)
    for placed in (True, False):
        write(tmp_path / f"c{placed}", "contrastive", evaluation__cold_from_text=placed)
    none, *aligned = settings_of(tmp_path)[0]
    assert len(aligned) == 2 and all(baseline(setting, [none, *aligned]) is none for setting in aligned)


def test_a_number_is_the_same_with_and_without_a_point(tmp_path: Path) -> None:
    write(tmp_path / "a", seed=1, interaction_noise=0)
    write(tmp_path / "b", seed=2, interaction_noise=0.0)
    assert labels(settings_of(tmp_path)[0]) == ["lightgcn none [1, 2]"]


def test_models_of_one_encoder_are_told_apart(tmp_path: Path) -> None:
    for model in ("minilm", "e5"):
        path = write(tmp_path / model, "contrastive") / "metrics.json"
        info = {"encoder": "sentence_transformers", "options": {"model": f"/models/{model}"}}
        path.write_text(json.dumps(json.loads(path.read_text()) | {"embeddings": info}))
    assert [setting.options for setting in settings_of(tmp_path)[0]] == [
        "encoder=sentence_transformers e5",
        "encoder=sentence_transformers minilm",
    ]


@pytest.mark.parametrize(
    ("override", "factor"),
    [
        ("interaction_noise=0.1", "interaction_noise"),
        ("evaluation.item_pool=cold", "evaluation.item_pool"),
        ("evaluation.cold_from_text=true", "evaluation.cold_from_text"),
        ("evaluation.mask=train+val", "evaluation.mask"),
        ("text_ablation=shuffled", "text_ablation"),
        ("optimizer.lr=0.01", "optimizer.lr"),
        ("optimizer._target_=torch.optim.SGD", "optimizer._target_"),
        ("datamodule.batch_size=7", "datamodule.batch_size"),
        ("recommender.reg_weight=1", "recommender.reg_weight"),
        ("optimizer.weight_decay=0.1", "optimizer.weight_decay"),
        ("align.weight=1", "align.weight"),
        ("evaluation.patience=7", "evaluation.patience"),
        ("evaluation.every_n_epochs=7", "evaluation.every_n_epochs"),
        ("evaluation.monitor=val/ndcg@20", "evaluation.monitor"),
        ("callbacks.early_stopping.patience=7", "evaluation.patience"),
        ("callbacks.validation_schedule.every_n_epochs=7", "evaluation.every_n_epochs"),
        ("callbacks.early_stopping.monitor=val/ndcg@20", "callbacks.early_stopping.monitor"),
        ("~callbacks.early_stopping", "callbacks.early_stopping"),
        ("+callbacks.early_stopping.min_delta=0.1", "callbacks.early_stopping.min_delta"),
        ("callbacks.progress.monitor=val/ndcg@20", None),
        ("~callbacks.progress", None),
        ("seed=7", None),
        ("study=mine", None),
        ("evaluation.ks=[20]", None),
        ("trainer.devices=2", None),
        ("tags=[x]", None),
    ],
)
def test_an_option_of_the_real_configuration_is_one_factor_or_none(
    tmp_path: Path, override: str, factor: str | None
) -> None:
    found = []
    for words in ((), (override,)):
        run = find([str(write(tmp_path / f"run{len(words)}", "contrastive"))])[0][0]
        options = compose(["dataset=folder", "dataset.root=x", "align=contrastive", *words])
        found.append(factors(dataclasses.replace(run, options=options)))
    assert varying(found) == ([factor] if factor else [])


def test_what_a_finetuned_run_begins_with_is_told_by_its_earlier_run_alone(tmp_path: Path) -> None:
    run = find([str(write(tmp_path / "run", "contrastive"))])[0][0]
    options = compose(["dataset=folder", "dataset.root=x", "align=contrastive"])
    found = [factors(dataclasses.replace(run, options=options | more)) for more in ({}, {"start": "scratch"})]
    assert varying(found) == []


def test_other_profiles_of_the_same_data_share_the_baseline(tmp_path: Path) -> None:
    write(tmp_path / "n", dataset__root="/data/minilm")
    for root in ("minilm", "tfidf"):
        write(tmp_path / root, "contrastive", dataset__root=f"/data/{root}")
    none, *aligned = settings_of(tmp_path)[0]
    assert [setting.options for setting in aligned] == ["dataset.root=minilm", "dataset.root=tfidf"]
    assert [baseline(setting, [none, *aligned]) for setting in aligned] == [none, none]


def test_clean_data_and_real_text_stand_for_an_alignment(tmp_path: Path) -> None:
    write(tmp_path / "n")
    for ablation, recall in (("none", 0.1), ("shuffled", 0.2)):
        for noise in (0.0, 0.1):
            write(
                tmp_path / f"c{ablation}{noise}",
                "contrastive",
                1,
                recall + noise,
                text_ablation=ablation,
                interaction_noise=noise,
            )
    write(tmp_path / "g", "generative", text_ablation="random")
    report = ReportData(settings_of(tmp_path)[0], (), ["recall@20"], (), ())
    (((none, contrastive, generative),),) = report.references().values()
    assert (none.align, contrastive.options) == ("none", "interaction_noise=0, text_ablation=none")
    assert generative.runs[0].options["text_ablation"] == "random", "there is no other"


def monitored(folder: Path, align: str, monitor: str, value: float) -> None:
    """A run that a validation metric with this value selected."""
    path = write(folder / f"{align}-{monitor.replace('/', '-')}", align, evaluation__monitor=monitor) / "metrics.json"
    results = json.loads(path.read_text())
    results["metrics"] = {"test/recall@20": 0.1, monitor: value}
    path.write_text(json.dumps(results))


def test_the_best_is_chosen_by_one_validation_metric(tmp_path: Path) -> None:
    """Of recall and NDCG, the larger number says nothing."""
    recall, ndcg = "val/recall@20", "val/ndcg@20"
    monitored(tmp_path, "none", ndcg, 0.1)
    monitored(tmp_path, "contrastive", ndcg, 0.12)
    monitored(tmp_path, "contrastive", recall, 0.3)
    monitored(tmp_path, "generative", recall, 0.2)
    report = ReportData(settings_of(tmp_path)[0], (), ["recall@20"], (), ())
    (((none, contrastive, generative),),) = report.references().values()
    assert [part.monitor for part in (none, contrastive, generative)] == [ndcg, ndcg, recall]
    assert best_by_validation([contrastive, generative], none.monitor) is contrastive
    assert best_by_validation([generative], none.monitor) is generative


def test_without_a_setting_without_alignment_the_usual_metric_chooses(tmp_path: Path) -> None:
    monitored(tmp_path, "contrastive", "val/recall@20", 0.3)
    monitored(tmp_path, "contrastive", "val/ndcg@20", 0.1)
    monitored(tmp_path, "generative", "val/ndcg@20", 0.1)
    report = ReportData(settings_of(tmp_path)[0], (), ["recall@20"], (), ())
    ((chosen,),) = report.references().values()
    assert {part.monitor for part in chosen} == {"val/ndcg@20"}


def test_a_run_without_validation_comes_last(tmp_path: Path) -> None:
    for seed, recall in enumerate((float("nan"), 0.1, 0.2)):
        write(tmp_path / str(seed), seed=seed, recall=recall)
    (setting,) = settings_of(tmp_path)[0]
    assert setting.representative.seed == 1 and setting.validation == float("-inf")


def test_the_representative_run_has_the_median_validation(tmp_path: Path) -> None:
    for seed, recall in enumerate((0.3, 0.1, 0.2, 0.4)):
        write(tmp_path / str(seed), seed=seed, recall=recall)
    (setting,) = settings_of(tmp_path)[0]
    assert setting.representative.seed == 2


def test_an_earlier_run_to_start_from_is_told_by_its_parts(tmp_path: Path) -> None:
    earlier = write(tmp_path / "earlier", finished=None)
    for seed in (1, 2):
        write(tmp_path / f"a{seed}", seed=seed, initialise_from=str(earlier))
        write(tmp_path / f"b{seed}", seed=seed, initialise_from=str(tmp_path / f"gone{seed}"))
        write(tmp_path / f"c{seed}", seed=seed, initialise_from=str(tmp_path / f"gone-lightgcn-generative-seed_{seed}"))
    settings, replaced = settings_of(tmp_path)
    assert [(setting.options, len(setting.runs)) for setting in settings] == [
        ("initialise_from=books-lightgcn-none", 2),
        ("initialise_from=gone-lightgcn-generative", 2),
        ("initialise_from=gone1", 1),
        ("initialise_from=gone2", 1),
    ]
    assert not replaced


def test_what_changes_how_long_or_on_what_is_trained_is_a_factor(tmp_path: Path) -> None:
    write(tmp_path / "a", recall=0.2)
    write(tmp_path / "b", recall=0.1, trainer__limit_train_batches=3)
    write(tmp_path / "c", recall=0.3, seed=2, trainer__accumulate_grad_batches=1)
    settings, replaced = settings_of(tmp_path)
    assert [(setting.options, len(setting.runs)) for setting in settings] == [
        ("limit_train_batches=null", 2),
        ("limit_train_batches=3", 1),
    ]
    assert not replaced


def test_runs_of_several_time_zones_are_put_in_order(tmp_path: Path) -> None:
    write(tmp_path / "a", recall=0.1, finished="2026-01-01T13:00:00+0200")
    write(tmp_path / "b", recall=0.2, finished="2026-01-01T12:00:00+0000")
    (setting,), (replaced,) = settings_of(tmp_path)
    assert setting.values("recall@20").tolist() == [0.2] and replaced.folder.path.name == "a"


def test_runs_of_other_early_stops_are_no_seeds_of_one_setting(tmp_path: Path) -> None:
    usual = {"_target_": "rlmrec.training.callbacks.EarlyStopping", "monitor": "val/recall@20", "patience": 20}
    write(tmp_path / "a", seed=1, callbacks={"early_stopping": usual}, evaluation__patience=20)
    write(tmp_path / "b", seed=2, callbacks={}, evaluation__patience=20)
    write(tmp_path / "c", seed=3, callbacks={"early_stopping": usual | {"patience": 1}}, evaluation__patience=20)
    write(tmp_path / "d", seed=4, callbacks={"early_stopping": usual | {"patience": 1}}, evaluation__patience=1)
    assert labels(settings_of(tmp_path)[0]) == [
        "lightgcn none, early_stopping=null, patience=20 [2]",
        "lightgcn none, early_stopping=EarlyStopping, patience=1 [3, 4]",
        "lightgcn none, early_stopping=EarlyStopping, patience=20 [1]",
    ]


def test_a_test_of_some_batches_asks_for_something_else(tmp_path: Path) -> None:
    """Of the first users, means are no competitors of those of all."""
    for name, backbone, recall, batches in (("a", "mf", 0.3, 1.0), ("b", "ease", 0.9, 1), ("c", "gccf", 0.2, 1.0)):
        write(tmp_path / name, backbone=backbone, recall=recall, trainer__limit_test_batches=batches)
    write(tmp_path / "t", "contrastive", recall=0.4)
    report = Report([str(tmp_path)], ["recall@20"])
    table, of_strongest = report.tables()[0], next(table for table in report.tables() if "strongest" in table.title)
    assert [table.rows[row][:1] for row, _ in table.best] == [["lightgcn"]]
    assert [line.partition(": ")[0] for line in report.data.headlines] == [
        "books, limit_test_batches=1",
        "books, limit_test_batches=null",
    ]
    assert "mf with align=none" in of_strongest.title
    assert len(report.data.references()) == 2


def test_cold_users_of_models_without_text_are_a_factor(tmp_path: Path) -> None:
    for number, way in enumerate(("auto", False)):
        write(tmp_path / f"n{number}", evaluation__cold_from_text=way, recall=0.1 + number)
        write(tmp_path / f"c{number}", "contrastive", evaluation__cold_from_text=way, recall=0.2 + number)
    settings, replaced = settings_of(tmp_path)
    assert not replaced
    bases = [(s.varied["evaluation.cold_from_text"], baseline(s, settings)) for s in settings if s.uses_text]
    assert [(way, base and base.varied["evaluation.cold_from_text"]) for way, base in bases] == [
        (False, False),
        ("auto", "auto"),
    ]


def test_rows_of_a_leaderboard_are_compared_whatever_their_searches_found(tmp_path: Path) -> None:
    for number, (align, ablation) in enumerate(
        (("none", "none"), ("contrastive", "none"), ("contrastive", "shuffled"))
    ):
        write(tmp_path / "board" / f"r{number}", align, text_ablation=ablation, backbone__num_layers=number)
    assert [baseline(setting, settings_of(tmp_path)[0]) for setting in settings_of(tmp_path)[0]] == [None] * 3
    (tmp_path / "board" / "leaderboard.json").write_text("{}")
    settings = settings_of(tmp_path)[0]
    assert [baseline(setting, settings) for setting in settings] == [None, settings[0], settings[0]]


def test_what_was_perturbed_or_asked_for_is_told_even_where_all_runs_of_an_alignment_share_it(tmp_path: Path) -> None:
    write(tmp_path / "n", evaluation__mask="train")
    write(tmp_path / "c", "contrastive", text_ablation="shuffled", evaluation__mask="train")
    write(tmp_path / "g", "generative", interaction_noise=0.2, evaluation__mask="train+val")
    settings = settings_of(tmp_path)[0]
    assert [setting.options for setting in settings] == [
        "mask=train",
        "mask=train, text_ablation=shuffled",
        "mask=train+val, interaction_noise=0.2",
    ]
    report = ReportData(settings, (), ["recall@20"], (), ())
    names = {task: [[part.align for part in pair] for pair in pairs] for task, pairs in report.references().items()}
    assert names == {"books, mask=train": [["none", "contrastive"]], "books, mask=train+val": [["generative"]]}


def test_options_of_training_do_not_tell_apart_what_is_fitted_at_once(tmp_path: Path) -> None:
    for rate in (0.001, 0.01):
        for name, epochs in (("pop", 0), ("mf", 30)):
            place = tmp_path / f"{name}{rate}"
            write(place, "none", seed=int(rate * 1000), optimizer={"lr": rate}, trainer__max_epochs=int(1 / rate))
            results = json.loads((place / "metrics.json").read_text()) | {"epochs": epochs}
            (place / "metrics.json").write_text(json.dumps(results))
    fitted, _ = group_runs(find([str(place) for place in tmp_path.glob("pop*")])[0])
    trained, _ = group_runs(find([str(place) for place in tmp_path.glob("mf*")])[0])
    assert (len(fitted), len(trained)) == (1, 2) and len(fitted[0].runs) == 2
