"""Save a W&B workspace for the runs of a project: ``rlmrec dashboard entity=...``."""

from omegaconf import DictConfig

from rlmrec.cli.frame import entry
from rlmrec.cli.frame.own_options import DashboardOptions


@entry.command("dashboard", DashboardOptions)
def run(config: DictConfig) -> None:
    """Build the workspace; print it, or save it and print its address."""
    from rlmrec.training.loggers.wandb_workspace import as_json, build, save

    workspace = build(config.entity, config.project, config.name, config.monitor, list(config.metrics))
    print(as_json(workspace) if config.json else save(workspace))
