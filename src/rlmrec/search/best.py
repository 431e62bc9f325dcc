"""The best trial of a search, stored as a preset."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from omegaconf import DictConfig, OmegaConf
from optuna.trial import FrozenTrial, TrialState

from rlmrec.common.config_files import choice_file
from rlmrec.common.files import atomic_write
from rlmrec.common.program import command
from rlmrec.options.own_folders import searching

NAME = "best"


class Best:
    """Maintains ``preset/best.yaml`` in the folder of a search: its initial preset with the best values found.

    Args:
        folder: folder of the search.
        defaults: configuration without the search, including Hydra's own part.
        fixed: overrides shared by all trials.
    """

    def __init__(self, folder: Path, defaults: DictConfig, fixed: Sequence[str]) -> None:
        self.file = folder / "preset" / f"{NAME}.yaml"
        start = str(defaults.hydra.runtime.choices.preset)
        has_preset = choice_file("preset", start, defaults.hydra.runtime.config_sources) is not None
        self.start = [f"/preset/{start}"] if has_preset else []
        words = [word for word in fixed if word.partition("=")[0].lstrip("+") not in ("hparams", "preset")]
        own = [source.path for source in defaults.hydra.runtime.config_sources if source.provider == "command-line"]
        self.words = ["--config-dir", str(folder), f"preset={NAME}", *map(searching, own), *words]
        self.monitor = str(defaults.evaluation.monitor)

    @property
    def command(self) -> str:
        """Return the command that trains the best trial again with the same results."""
        return f"{command('train')} {shlex.join(self.words)}"

    def write(self, trials: Sequence[FrozenTrial]) -> None:
        """Write the preset if a trial is complete."""
        found = best_of(trials)
        if found is None:
            return
        preset = OmegaConf.create({"defaults": [*self.start, "_self_"]})
        for name, value in found.params.items():
            OmegaConf.update(preset, name.lstrip("+"), value, force_add=True)
        self.file.parent.mkdir(exist_ok=True)
        comments = [
            "# @package _global_",
            f"# trial {found.number} of {len(trials)}: {self.monitor} {found.value:.6f}",
            f"# {self.command}",
        ]
        atomic_write(self.file, "\n".join(comments) + "\n" + OmegaConf.to_yaml(preset))


def best_of(trials: Sequence[FrozenTrial]) -> FrozenTrial | None:
    """Return the complete trial with the greatest validation metric, the first of equal ones; None without any."""
    complete = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    return max(complete, key=lambda trial: trial.value or 0.0, default=None)
