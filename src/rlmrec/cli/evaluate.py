"""Test the best weights of a run again: ``rlmrec evaluate run=outputs/...``."""

import json

import hydra
from omegaconf import DictConfig

from rlmrec.cli import entry
from rlmrec.common.config_files import CONFIG_FOLDER
from rlmrec.common.errors import UserError
from rlmrec.common.program import command
from rlmrec.options.compose import plain_options
from rlmrec.runs.folder import RunFolder

CHANGES = ("mask", "item_pool", "cold_from_text")


@hydra.main(version_base="1.3", config_path=CONFIG_FOLDER, config_name="evaluate")
@entry.job
def main(config: DictConfig) -> None:
    """Rebuild the run's model, test it and print its metrics beside the recorded ones."""
    if config.run is None:
        raise UserError(f"name a run folder: {command('evaluate')} run=outputs/...")
    RunFolder.existing(config.run, option="run", trust=config.trust)
    from rlmrec.api import load  # late: what comes before needs no torch
    from rlmrec.cli.results import of_split, print_metrics
    from rlmrec.common.allocator import keep_freed_memory

    keep_freed_memory()
    run = load(config.run, trust=config.trust)
    trainer = plain_options(config.trainer)
    changes = {name: config[name] for name in CHANGES if config[name] is not None}
    metrics = run.evaluate(trainer, **changes)
    if config.json:
        print(json.dumps(metrics, indent=2))
        return
    mask = changes.get("mask", run.options["evaluation"].get("mask", "train"))
    columns = {f"test, mask={mask}": of_split(metrics, "test")}
    if run.folder.metrics.is_file():
        columns["recorded by the run"] = of_split(run.metrics, "test")
    print_metrics(str(run.path), columns)


def run() -> None:
    """Run the command."""
    entry.run(main, config_name="evaluate")
