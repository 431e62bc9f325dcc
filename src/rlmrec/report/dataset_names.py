"""Names of datasets that distinguish different data regardless of folder names."""

from collections import defaultdict
from collections.abc import Sequence

from rlmrec.report.factors import factors, short, show
from rlmrec.report.finished_run import FinishedRun


def dataset_names(runs: Sequence[FinishedRun]) -> dict[FinishedRun, str]:
    """Return the name of every run's dataset, with a suffix if runs with the same name used different data.

    The suffix lists the differing options of the dataset, or else has the beginning of the interactions' fingerprint.
    Runs that recorded no fingerprint count as unknown data.
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
    """Return the suffixes of a dataset's name by the fingerprint of the interactions."""
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
    """Return the options of a run's dataset with their values as text."""
    return {name: show(value) for name, value in factors(run).items() if name.startswith("dataset.")}
