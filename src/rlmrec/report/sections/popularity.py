"""Popularity bias of recommendations, and metrics by user activity and item popularity."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
import polars as pl

from rlmrec.data.dataset import Dataset
from rlmrec.data.item_pool import tested_on
from rlmrec.report.report_data import ReportData
from rlmrec.report.section import Section
from rlmrec.report.setting import Setting
from rlmrec.report.style import GRID, categories, colours, in_panels
from rlmrec.report.trained_embeddings import ExcludedError, TrainedModels, refuse_strangers

TENTHS = "tenths of items from least to most popular"


def popularity_bias(report: ReportData, models: TrainedModels) -> Section:
    """Show the shares of recommendations and held-out interactions by decile of item popularity."""
    palette = colours(setting.align for setting in report.settings)
    charts, reasons = [], []
    for task, pairs in report.references().items():
        figures: dict[str, go.Figure] = {}
        places = _places(pairs)
        for settings in pairs:
            figure, lines = _shares(settings, models, palette, places)
            reasons += lines
            if figure.data:
                figures[settings[0].backbone] = figure
        if figures:
            charts.append(in_panels(figures, task, TENTHS, f"share of first {places} places"))
    intro = (
        "Items in ten groups of equal number by training interactions: which share of all recommendations, and of all "
        "held-out interactions, falls on each. Lines above the bars at the right are popularity bias. Longer lists are "
        "cut to the number of places that all shown runs kept. The run of median validation."
    )
    return Section("Popularity bias", intro, charts, reasons)


def _places(pairs: list[list[Setting]]) -> int:
    """Return the length of the longest lists of the run that kept the shortest ones; 0 if none kept any."""
    kept = [setting.representative.recommendations for settings in pairs for setting in settings]
    return min((_length(lists) for lists in kept if lists is not None and len(lists)), default=0)


def _length(lists: pl.DataFrame) -> int:
    return int(lists["rank"].max())  # type: ignore[arg-type]


def _shares(
    settings: list[Setting], models: TrainedModels, palette: dict[str, str], places: int
) -> tuple[go.Figure, list[str]]:
    """Return a figure with the shares of the first places for one backbone, and a line for every omitted setting."""
    names = [str(i) for i in range(1, 11)]
    figure, reasons = go.Figure(), []
    for setting in settings:
        try:
            dataset, items, _ = recommended(setting, models, places)
        except ExcludedError as error:
            reasons.append(str(error))
            continue
        deciles = equal_groups(dataset.item_counts, 10)
        if not figure.data:
            shares = np.bincount(deciles[dataset.test.indices], minlength=10) / max(dataset.test.nnz, 1)
            figure.add_bar(x=names, y=shares.tolist(), name="held out", marker={"color": GRID})
        shares = np.bincount(deciles[items], minlength=10) / max(len(items), 1)
        figure.add_scatter(
            x=names,
            y=shares.tolist(),
            mode="lines+markers",
            name=setting.label,
            line={"color": palette[setting.align]},
        )
    if figure.data:
        categories(figure, names)
        figure.update_yaxes(tickformat=".0%")
        figure.update_traces(hovertemplate="%{x}: %{y:.1%}")
    return figure, reasons


def groups(report: ReportData, models: TrainedModels) -> Section:
    """Show the metric by user activity and recall by item popularity."""
    palette = colours(setting.align for setting in report.settings)
    charts, reasons = [], []
    for task, pairs in report.references().items():
        users: dict[str, go.Figure] = defaultdict(go.Figure)
        items: dict[str, go.Figure] = defaultdict(go.Figure)
        places = _places(pairs)
        for setting in (setting for settings in pairs for setting in settings):
            colour = palette[setting.align]
            try:
                _by_activity(users[setting.backbone], setting, report.metric, models, colour)
                _by_popularity(items[setting.backbone], setting, models, colour, places)
            except ExcludedError as error:
                reasons.append(str(error))
        for figures, x, y in (
            (users, "users from least to most active", f"test {report.metric}"),
            (items, "items from least to most popular", f"share found in first {places} places"),
        ):
            if drawn := {name: figure for name, figure in figures.items() if figure.data}:
                charts.append(in_panels(drawn, task, x, y))
    intro = (
        f"Mean test {report.metric} over seeds for four groups of equal number of users by training interactions, and "
        "the share of held-out interactions that were recommended for five groups of equal number of items, in as many "
        "places as all shown runs kept."
    )
    return Section("By activity of users and popularity of items", intro, charts, reasons)


def _by_activity(figure: go.Figure, setting: Setting, metric: str, models: TrainedModels, colour: str) -> None:
    dataset = models.of(setting.representative).dataset
    tables = []
    for run in setting.runs:
        if run.per_user is not None and metric in run.per_user:
            refuse_strangers(run, dataset)
            tables.append(run.per_user)
    if not tables:
        raise ExcludedError(f"{setting.name} kept no values of single users under {metric}")
    activity = np.diff(dataset.train.indptr)
    values = np.full((len(tables), dataset.num_users), np.nan)
    for row, table in zip(values, tables, strict=True):
        row[table["user"].to_numpy()] = table[metric].to_numpy()
    measured = np.flatnonzero(~np.isnan(values).all(axis=0))
    quarter = equal_groups(activity[measured], 4)
    means = np.nanmean(values[:, measured], axis=0)
    heights = [float(means[quarter == i].mean()) if (quarter == i).any() else None for i in range(4)]
    _bars(figure, _ranges(activity[measured], quarter, 4), heights, setting.label, colour)


def _by_popularity(figure: go.Figure, setting: Setting, models: TrainedModels, colour: str, places: int) -> None:
    dataset, items, hit = recommended(setting, models, places)
    popularity = dataset.item_counts
    fifth = equal_groups(popularity, 5)
    wanted = np.bincount(fifth[dataset.test.indices], minlength=5)
    found = np.bincount(fifth[items[hit]], minlength=5)
    _bars(figure, _ranges(popularity, fifth, 5), (found / np.maximum(wanted, 1)).tolist(), setting.label, colour)


def _bars(figure: go.Figure, names: list[str], heights: Sequence[float | None], label: str, colour: str) -> None:
    hover = "%{x}: %{y:.4f}"
    figure.add_bar(x=names, y=list(heights), name=label, marker={"color": colour}, hovertemplate=hover)
    categories(figure, names)


def recommended(setting: Setting, models: TrainedModels, places: int) -> tuple[Dataset, np.ndarray, np.ndarray]:
    """Return the dataset of a setting's representative run, the items it recommended, and whether each is a hit.

    The dataset has only the held-out interactions that the run's test could find.

    Args:
        setting: setting with its runs.
        models: cache of trained models.
        places: number of places from the top of every list to return.

    Raises:
        ExcludedError: if the run kept no recommendations, or the dataset is unavailable.
    """
    run = setting.representative
    if run.recommendations is None:
        raise ExcludedError(f"{run.folder.path} kept no {run.folder.recommendations.name} that can be read")
    dataset = models.of(run).evaluated
    if run.per_user is not None:  # all users with test items, unless trainer.limit_test_batches left some out
        dataset = tested_on(dataset, run.per_user["user"].to_numpy())
    shown = run.recommendations.filter(pl.col("rank") <= places)
    return dataset, shown["item"].to_numpy(), shown["hit"].to_numpy()


def equal_groups(values: np.ndarray, count: int) -> np.ndarray:
    """Return group numbers below ``count`` that divide values by size into equal groups, ties in order of position."""
    ranks = np.empty(len(values), dtype=np.int64)
    ranks[np.argsort(values, kind="stable")] = np.arange(len(values))
    return ranks * count // max(len(values), 1)


def _ranges(values: np.ndarray, group: np.ndarray, count: int) -> list[str]:
    """Return the value range of each group, such as ``1: 3 to 5``."""
    parts = [values[group == i] for i in range(count)]
    return [f"{i + 1}: {part.min()} to {part.max()}" if len(part) else f"{i + 1}" for i, part in enumerate(parts)]
