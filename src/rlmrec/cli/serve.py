"""Serve a trained run by an HTTP interface and a page: ``rlmrec serve run=outputs/...``."""

import os
from typing import Any

from omegaconf import DictConfig

from rlmrec.cli.frame import entry
from rlmrec.cli.frame.own_options import ServeOptions
from rlmrec.common.errors import UserError, installing
from rlmrec.common.program import command
from rlmrec.runs.folder import RunFolder


@entry.command("serve", ServeOptions)
def run(config: DictConfig) -> None:
    """Load one or two runs, and answer requests until a signal arrives."""
    if config.run is None:
        raise UserError(f"name a run folder: {command('serve')} run=outputs/...")
    places = {name: config[name] for name in ("run", "compare") if config[name] is not None}
    for name, place in places.items():
        RunFolder.existing(place, option=name, trust=config.trust)
    token = None
    if config.token_variable is not None:
        token = os.environ.get(config.token_variable)
        if not token or not token.isascii():  # clients do not agree on the encoding of other characters in headers
            raise UserError(
                f"token_variable={config.token_variable}: no environment variable of this name holds a token of ASCII "
                "characters"
            )
    try:
        from rlmrec.serving.server import Address, serve
    except ModuleNotFoundError as error:
        raise UserError(f"serving needs an optional package, {error.name}: {installing('serve')}") from None
    address = Address(config.host, config.port, token, list(config.names))
    with address.listening() as bound:
        serve(_loaded(config, places), address, bound)


def _loaded(config: DictConfig, places: dict[str, str]) -> list[Any]:
    """Return an object for each run that answers requests, prepared for the first one."""
    from rlmrec.api import load
    from rlmrec.common.allocator import keep_freed_memory
    from rlmrec.serving.answers import Answers

    keep_freed_memory()
    runs = {name: load(place, trust=config.trust) for name, place in places.items()}
    first = runs["run"].dataset
    if "compare" in runs and runs["compare"].dataset.fingerprint() != first.fingerprint():
        raise UserError(f"compare={config.compare} was trained on other interactions than run={config.run}")
    names = [f"{run.results['backbone']}, align={run.results['align']}" for run in runs.values()]
    models = [Answers(run, number, names[number]) for number, run in enumerate(runs.values())]
    for model in models:
        model.prepare()
    return models
