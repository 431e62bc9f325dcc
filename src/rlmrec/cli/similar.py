"""Show the nearest neighbours of items or users: ``rlmrec similar run=outputs/... items=[Dune]``."""

from omegaconf import DictConfig

from rlmrec.cli.frame import entry
from rlmrec.cli.frame.own_options import SimilarOptions
from rlmrec.common.errors import UserError
from rlmrec.common.program import command
from rlmrec.options.compose import plain_options
from rlmrec.runs.folder import RunFolder


@entry.command("similar", SimilarOptions)
def run(config: DictConfig) -> None:
    """Print the nearest neighbours of some items or users."""
    options = plain_options(config)
    items, users = options["items"], options["users"]
    if config.run is None or (items is None) == (users is None):
        both = (
            "items and users exclude each other"
            if None not in (items, users)
            else "name a run folder, and items or users"
        )
        raise UserError(f"{both}: {command('similar')} run=outputs/... items=[a,b]")
    RunFolder.existing(config.run, option="run", trust=config.trust)
    from rlmrec.api import load  # late, since the checks above do not need torch
    from rlmrec.cli.results import print_list

    served = load(config.run, trust=config.trust).served
    found = served.similar_users if items is None else served.similar_items
    for name in users if items is None else items:
        print_list(name, found([name], config.k), "neighbour")
