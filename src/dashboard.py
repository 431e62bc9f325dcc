"""Save a W&B workspace for the runs of a project: ``python src/dashboard.py entity=...``."""

import hydra
from omegaconf import DictConfig

from rlmrec.runs import cli


@hydra.main(version_base="1.3", config_path=cli.CONFIG_FOLDER, config_name="dashboard")
@cli.job
def main(config: DictConfig) -> None:
    """Build the workspace; print it, or save it and print where it is."""
    from rlmrec.runs.dashboard import as_json, build, save

    workspace = build(config.entity, config.project, config.name, config.monitor, list(config.metrics))
    print(as_json(workspace) if config.json else save(workspace))


if __name__ == "__main__":
    cli.run(main, config_name="dashboard")
