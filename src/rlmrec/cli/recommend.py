"""Lists of items for users: ``rlmrec recommend run=outputs/... users=[reader-1] k=10``."""

from collections.abc import Sequence
from typing import Any

import hydra
from omegaconf import DictConfig

from rlmrec.cli import entry
from rlmrec.cli.own_options import RecommendOptions
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
    if config.run is None or config.users is None:
        raise UserError(f"name a run folder and users: {command('recommend')} run=outputs/... users=[a,b]")
    RunFolder.existing(config.run, option="run", trust=config.trust)
    from rlmrec.api import load  # late: what comes before needs no torch
    from rlmrec.common.allocator import keep_freed_memory
    from rlmrec.recommending.request import made_request
    from rlmrec.recommending.writing import check_new_file, write_parts

    out = None if config.out is None else check_new_file(config.out)
    options = plain_options(config)
    users = None if options["users"] == ALL else _ids(options["users"], "user")
    if out is None and (users is None or len(users) > MOST_SHOWN):
        raise UserError(f"more than {MOST_SHOWN} users: out=lists.parquet (or .csv) takes their lists")
    chosen = {name: _ids(options[name], "item") if name in ("items", "exclude") else options[name] for name in REQUEST}
    request = made_request(chosen)
    keep_freed_memory()
    run = load(config.run, trust=config.trust)
    if out is None:
        _show(run.served.recommend(users, request), users or [])
        return
    weights = run.folder.weights.stat()
    asked = {
        **chosen,
        "users": users,
        "run": str(run.path.resolve()),
        "weights": [weights.st_mtime_ns, weights.st_size],
    }
    rows = write_parts(out, asked, lambda done: run.served.parts(users, request, done))
    print(f"{rows:,} rows in {out}")


def _ids(given: str | Sequence[str] | None, kind: str) -> list[str] | None:
    """Return external ids: those of a list, or those in a file."""
    from rlmrec.recommending.ids import read_ids

    if isinstance(given, str):
        return read_ids(given, kind)
    return None if given is None else [*dict.fromkeys(map(str, given))]


def _show(table: Any, users: Sequence[str]) -> None:
    from rlmrec.common.terminal import print_table

    for user in users:
        rows = table.filter(table["user"] == user).select("rank", "item", "title", "score")
        if rows.is_empty():
            print(f"{user}: no item to recommend")
            continue
        cells = [(str(rank), item, title, f"{score:.4f}") for rank, item, title, score in rows.iter_rows()]
        print_table(user, ["rank", "item", "title", "score"], cells)


def run() -> None:
    """Run the command."""
    entry.run(main, config_name="recommend")
