"""Test the recommendations of any tool: ``rlmrec score recommendations=lists.parquet dataset=...``."""

from omegaconf import DictConfig

from rlmrec.cli.frame import entry
from rlmrec.cli.frame.own_options import ScoreOptions
from rlmrec.cli.sweeps.sweep_summary import summary_at_the_end
from rlmrec.cli.train import remove_unused_folder, train_as_told
from rlmrec.common.errors import UserError
from rlmrec.common.program import command


@entry.command("score", ScoreOptions, failed=remove_unused_folder, around=summary_at_the_end)
def run(config: DictConfig) -> None:
    """Read lists, test them, and write a run folder as training does."""
    if config.recommendations is None:
        raise UserError(f"name a table of lists: {command('score')} recommendations=lists.parquet dataset=...")
    train_as_told(config)
