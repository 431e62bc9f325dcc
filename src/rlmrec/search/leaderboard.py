"""Rows of a leaderboard and their progress."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import product
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rlmrec.common.bounded.json_files import read_json
from rlmrec.common.errors import UserError, one_line
from rlmrec.common.files import atomic_write
from rlmrec.common.processes.locks import lock_file
from rlmrec.options.run_name import row_name
from rlmrec.runs.folder import LEADERBOARD, RunFolder

OWN = ("experiment", "backbone", "align", "fusion", "init", "seed", "text_ablation")
"""Options that the leaderboard sets itself."""


@dataclass(frozen=True)
class Row:
    """A combination of a backbone with its other parts.

    Args:
        backbone: name of the backbone.
        align: name of the alignment.
        fusion: name of the fusion.
        init: name of the initialiser.
        text_ablation: name of the text ablation: ``none``, or ``shuffled`` for the control of a row with text.
    """

    backbone: str
    align: str
    fusion: str
    init: str
    text_ablation: str

    @property
    def name(self) -> str:
        """Return the name of the row in files and tables."""
        return row_name(**asdict(self))

    @property
    def words(self) -> list[str]:
        """Return the row as command-line overrides."""
        return [f"{name}={value}" for name, value in asdict(self).items()]


@dataclass(frozen=True)
class RowProgress:
    """Progress of a row.

    Args:
        state: ``finished``, or the reason why it is not.
        trials: number of trials of its search.
        seeds: number of finished runs with its best options.
        hours: total training time in hours.
    """

    state: str
    trials: int
    seeds: int
    hours: float


def asked(params: Mapping[str, str], arguments: Sequence[str], loader: Any) -> tuple[list[Row], list[int], list[str]]:
    """Return all rows, the seeds of each, and the overrides shared by all rows.

    Args:
        params: sweeps of backbone, align, fusion, init, seed and text_ablation.
        arguments: overrides on the command line, which take precedence over ``params``.
        loader: Hydra's configuration loader, which knows the choices.

    Raises:
        UserError: if a seed is not a whole number.
    """
    parser = OverridesParser.create(config_loader=loader)
    given = {override.key_or_group: override for override in parser.parse_overrides(list(arguments))}
    values = {}
    for override in [*parser.parse_overrides([f"{name}={sweep}" for name, sweep in params.items()]), *given.values()]:
        swept = override.sweep_string_iterator() if override.is_sweep_override() else [str(override.value())]
        values[override.key_or_group] = list(swept)
    rows = [Row(*row) for row in product(*(values[field.name] for field in fields(Row)))]
    rest = [str(override.input_line) for name, override in given.items() if name not in OWN]
    if strange := [seed for seed in values["seed"] if not seed.isdecimal()]:
        raise UserError(f"seed={strange[0]}: seeds are whole numbers from 0")
    return rows, [int(seed) for seed in values["seed"]], rest


def finished_among(folders: Sequence[Path]) -> list[RunFolder]:
    """Return the run folders that have results."""
    return [run for run in map(RunFolder, folders) if run.metrics.is_file()]


def hours_of(runs: Sequence[Path]) -> float:
    """Return the total training time of the finished runs among some folders in hours.

    Hours are CPU time, so that concurrent runs are charged for what each one used, or else duration, e.g. on a GPU.
    """
    finished = [run.results() for run in finished_among(runs)]
    return sum(float(results.get("cpu_seconds") or results["fit_seconds"]) for results in finished) / 3600


def note(folder: Path, name: str, progress: RowProgress) -> None:
    """Store the progress of a row in the folder of the leaderboard, beside that of the other rows."""
    folder.mkdir(parents=True, exist_ok=True)
    with lock_file(folder / ".leaderboard.lock"):
        rows = {**read(folder), name: progress}
        atomic_write(folder / LEADERBOARD, json.dumps({name: asdict(row) for name, row in rows.items()}, indent=2))


def read(folder: Path) -> dict[str, RowProgress]:
    """Return the progress of the rows of a leaderboard by name.

    Raises:
        UserError: if the file is damaged.
    """
    file = folder / LEADERBOARD
    if not file.is_file():
        return {}
    try:
        return TypeAdapter(dict[str, RowProgress]).validate_python(read_json(file))
    except (UserError, ValidationError) as error:
        raise UserError(f"{file} is damaged: remove it, the same command writes it again ({one_line(error)})") from None


def show(folder: Path) -> None:
    """Print the progress of every row that has started."""
    table = Table("row", "state", "trials", "seeds", "hours")
    table.columns[1].no_wrap = True  # cuts long errors, which were printed when they occurred
    for name, found in read(folder).items():
        told = (name, found.state, found.trials, found.seeds, f"{found.hours:.2f}")
        table.add_row(*(Text(str(value)) for value in told))
    print(folder)
    Console().print(table)
