"""Export a trained run as files for other programs: ``rlmrec export run=outputs/... to=folder``."""

from omegaconf import DictConfig

from rlmrec.cli.frame import entry
from rlmrec.cli.frame.own_options import ExportOptions
from rlmrec.common.errors import UserError
from rlmrec.common.program import command
from rlmrec.options.compose import plain_options
from rlmrec.runs.folder import RunFolder


@entry.command("export", ExportOptions)
def run(config: DictConfig) -> None:
    """Write the run's model, ids and seen items to a new folder."""
    if config.run is None or config.to is None:
        raise UserError(f"name a run folder and a new folder: {command('export')} run=outputs/... to=my_model")
    RunFolder.existing(config.run, option="run", trust=config.trust)
    from rlmrec.api import load  # late, since the checks above do not need torch
    from rlmrec.options.validate_options import instantiate_parts

    chosen = {name: part for name, part in plain_options(config).items() if name == "index"}
    index = instantiate_parts(chosen).get("index")
    found = load(config.run, trust=config.trust).export(config.to, index)
    print(f"exported to {config.to}: its README.md has an example")
    if found:
        told = ", ".join(f"{name} {value:.4f}" for name, value in found["recall"].items())
        print(f"{found['file']} finds, of the items with the greatest dot products: {told}")
