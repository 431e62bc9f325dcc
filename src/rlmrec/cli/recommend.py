"""Lists of items for users: ``rlmrec recommend run=outputs/... users=[reader-1] k=10``."""

from collections.abc import Sequence
from typing import Any

import hydra
from omegaconf import DictConfig

from rlmrec.cli.frame import entry
from rlmrec.cli.frame.own_options import RecommendOptions
from rlmrec.common.config_files import CONFIG_FOLDER
from rlmrec.common.errors import UserError
from rlmrec.common.program import command
from rlmrec.options.compose import plain_options
from rlmrec.runs.folder import RunFolder

REQUEST = ("k", "filter_seen", "items", "exclude", "on_unknown")
ALL = "all"
MOST_SHOWN = 10
"""Users whose lists are printed at most."""


@hydra.main(version_base="1.3", config_path=CONFIG_FOLDER, config_name="recommend")
@entry.job(RecommendOptions)
def main(config: DictConfig) -> None:
    """Print lists of a few users, or write those of many into a file."""
    options = plain_options(config)
    if config.run is None or (config.users is None) == (config.histories is None):
        raise UserError(
            f"name a run folder, and users or histories: {command('recommend')} run=outputs/... users=[a,b]"
        )
    RunFolder.existing(config.run, option="run", trust=config.trust)
    from rlmrec.api import load  # late: what comes before needs no torch
    from rlmrec.common.allocator import keep_freed_memory
    from rlmrec.data.external_ids import ids_of, read_histories
    from rlmrec.recommending.request import made_request
    from rlmrec.recommending.writing import check_new_file, write_parts

    out = None if config.out is None else check_new_file(config.out)
    options |= {name: ids_of(options[name], "item") for name in ("items", "exclude")}
    request = made_request({name: options[name] for name in REQUEST})
    histories = None if config.histories is None else read_histories(config.histories)
    if histories is not None:
        users: list[str] | None = [*histories]
    else:
        users = None if options["users"] == ALL else ids_of(options["users"], "user")
    if out is None and (users is None or len(users) > MOST_SHOWN):
        raise UserError(f"more than {MOST_SHOWN} users: out=lists.parquet (or .csv) takes their lists")
    keep_freed_memory()
    run = load(config.run, trust=config.trust)
    if out is None:
        named = users or []
        table = (
            run.served.recommend(named, request)
            if histories is None
            else run.served.recommend_to_new(histories, request)
        )
        _show(table, named)
        return
    weights = run.folder.weights.stat()
    asked = {**options, "users": users, "histories": histories, "weights": [weights.st_mtime_ns, weights.st_size]}
    if histories is None:
        rows = write_parts(out, asked, lambda done: run.served.parts(users, request, done))
    else:
        rows = write_parts(out, asked, lambda _: iter([run.served.recommend_to_new(histories, request)]))
    print(f"{rows:,} rows in {out}")


def _show(table: Any, users: Sequence[str]) -> None:
    from rlmrec.cli.results import print_list

    for user in users:
        rows = table.filter(table["user"] == user)
        if rows.is_empty():
            print(f"{user}: no item to recommend")
        else:
            print_list(user, rows, "item")


def run() -> None:
    """Run the command."""
    entry.run(main, config_name="recommend")
