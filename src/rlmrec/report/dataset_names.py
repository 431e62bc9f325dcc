"""Names of datasets, which tell different data apart whatever their folders are called."""

from collections import defaultdict
from collections.abc import Sequence

from rlmrec.report.factors import factors, short, show
from rlmrec.report.finished_run import FinishedRun


def dataset_names(runs: Sequence[FinishedRun]) -> dict[FinishedRun, str]:
    """Return the name of every run's dataset, with an addition where runs of one name were made of different data.

    The addition is what differs between the options of the dataset, or else the beginning of the fingerprint of the
    interactions. Runs that recorded no fingerprint are of data unknown.
    """
    by_name: dict[str, dict[str | None, list[FinishedRun]]] = defaultdict(lambda: defaultdict(list))
    for run in runs:
        by_name[str(run.results["dataset"])][run.interactions].append(run)
    names: dict[FinishedRun, str] = {}
    for name, by_data in by_name.items():
        additions = _additions(by_data) if len(by_data) > 1 else dict.fromkeys(by_data, "")
        names |= {run: f"{name}{additions[data]}" for data, of_data in by_data.items() for run in of_data}
    return {run: names[run] for run in runs}


def _additions(by_data: dict[str | None, list[FinishedRun]]) -> dict[str | None, str]:
    """Return what to add to the name of a dataset, by the fingerprint of its interactions."""
    options = {data: [_options(run) for run in runs] for data, runs in by_data.items()}
    every = [values for of_data in options.values() for values in of_data]
    names = dict.fromkeys(name for values in every for name in values)
    varied = [name for name in names if len({values.get(name) for values in every}) > 1]
    texts = {
        data: {", ".join(f"{short(name, varied)}={values.get(name, 'null')}" for name in varied) for values in of_data}
        for data, of_data in options.items()
    }
    if all(len(of_data) == 1 for of_data in texts.values()) and len({min(text) for text in texts.values()}) == len(
        texts
    ):
        return {data: f" ({min(text)})" for data, text in texts.items()}
    return {data: f" (interactions {data[:8] if data else 'unknown'})" for data in by_data}


def _options(run: FinishedRun) -> dict[str, str]:
    """Return the options of a run's dataset as text."""
    return {name: show(value) for name, value in factors(run).items() if name.startswith("dataset.")}
