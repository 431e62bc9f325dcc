"""Save a W&B workspace for the runs of a project: ``rlmrec dashboard entity=...``."""

import hydra
from omegaconf import DictConfig

from rlmrec.cli.frame import entry
from rlmrec.cli.frame.own_options import DashboardOptions
from rlmrec.common.config_files import CONFIG_FOLDER


@hydra.main(version_base="1.3", config_path=CONFIG_FOLDER, config_name="dashboard")
@entry.job(DashboardOptions)
def main(config: DictConfig) -> None:
    """Build the workspace; print it, or save it and print where it is."""
    from rlmrec.training.loggers.wandb_workspace import as_json, build, save

    workspace = build(config.entity, config.project, config.name, config.monitor, list(config.metrics))
    print(as_json(workspace) if config.json else save(workspace))


def run() -> None:
    """Run the command."""
    entry.run(main, config_name="dashboard")
