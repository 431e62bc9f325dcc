"""A trained run as files for other programs: ``rlmrec export run=outputs/... to=folder``."""

import hydra
from omegaconf import DictConfig

from rlmrec.cli.frame import entry
from rlmrec.cli.frame.own_options import ExportOptions
from rlmrec.common.config_files import CONFIG_FOLDER
from rlmrec.common.errors import UserError
from rlmrec.common.program import command
from rlmrec.runs.folder import RunFolder


@hydra.main(version_base="1.3", config_path=CONFIG_FOLDER, config_name="export")
@entry.job(ExportOptions)
def main(config: DictConfig) -> None:
    """Write the run's model, ids and seen items into a new folder."""
    if config.run is None or config.to is None:
        raise UserError(f"name a run folder and a new folder: {command('export')} run=outputs/... to=my_model")
    RunFolder.existing(config.run, option="run", trust=config.trust)
    from rlmrec.api import load  # late: what comes before needs no torch

    load(config.run, trust=config.trust).export(config.to)
    print(f"exported to {config.to}: its README.md has an example")


def run() -> None:
    """Run the command."""
    entry.run(main, config_name="export")
