"""Test the best weights of a run again: ``rlmrec evaluate run=outputs/...``."""

import json

from omegaconf import DictConfig

from rlmrec.cli.frame import entry
from rlmrec.cli.frame.own_options import EvaluateOptions
from rlmrec.common.errors import UserError
from rlmrec.common.program import command
from rlmrec.options.compose import plain_options
from rlmrec.runs.folder import RunFolder

LIMIT = "limit_test_batches"
CHANGES = ("mask", "item_pool", "cold_from_text", "ks")


@entry.command("evaluate", EvaluateOptions)
def run(config: DictConfig) -> None:
    """Test the run's model, or score its stored lists, and print the metrics beside the recorded ones."""
    if config.run is None:
        raise UserError(f"name a run folder: {command('evaluate')} run=outputs/...")
    RunFolder.existing(config.run, option="run", trust=config.trust)
    from rlmrec.api import load  # late, since the checks above do not need torch
    from rlmrec.cli.results import of_split, print_metrics
    from rlmrec.common.allocator import keep_freed_memory

    keep_freed_memory()
    run = load(config.run, trust=config.trust)
    options = plain_options(config)
    changes = {name: options[name] for name in CHANGES if options[name] is not None} | options.get("evaluation", {})
    stored = config["from"] == "recommendations"
    metrics = run.rescore(**changes) if stored else run.evaluate(options["trainer"], **changes)
    if config.json:
        print(json.dumps(metrics, indent=2))
        return
    mask = changes.get("mask", run.options["evaluation"].get("mask", "train"))
    title = "test, stored lists" if stored else f"test, mask={mask}"
    columns = {title: of_split(metrics, "test")}
    recorded = run.folder.metrics.is_file()
    if recorded:
        columns["recorded by the run"] = of_split(run.metrics, "test")
    print_metrics(str(run.path), columns)
    limit = run.options["trainer"].get(LIMIT)
    is_part = isinstance(limit, int) or limit not in (None, 1.0)  # the integer 1 is one batch, 1.0 is all of them
    if recorded and is_part and not stored and LIMIT not in options["trainer"]:
        print(f"the run's own test had trainer.{LIMIT}={limit}; this one has all batches")
