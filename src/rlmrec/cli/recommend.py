"""Recommend lists of items for users: ``rlmrec recommend run=outputs/... users=[reader-1] k=10``."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from omegaconf import DictConfig

from rlmrec.cli.frame import entry
from rlmrec.cli.frame.own_options import RecommendOptions
from rlmrec.common.errors import UserError, printable
from rlmrec.common.program import command
from rlmrec.options.compose import plain_options
from rlmrec.runs.folder import RunFolder

ALL = "all"
MOST_SHOWN = 10
"""Maximum number of users whose lists are printed."""


@entry.command("recommend", RecommendOptions)
def run(config: DictConfig) -> None:
    """Print the lists of a few users, or write those of many to a file."""
    options = plain_options(config)
    new = config.histories is not None or config.profiles is not None
    example = f"{command('recommend')} run=outputs/... users=[a,b]"
    if new and config.users is not None:
        raise UserError(f"users are known ones, histories and profiles are of new ones: ask for either, {example}")
    if config.run is None or (config.users is None and not new):
        raise UserError(f"name a run folder, and users, or histories or profiles of new ones: {example}")
    if "encoder" in options and config.profiles is None and config.new_items is None:
        raise UserError("encoder has no effect without profiles=... or new_items=...: leave it out")
    RunFolder.existing(config.run, option="run", trust=config.trust)
    from rlmrec.api import load  # late, since the checks above do not need torch
    from rlmrec.common.allocator import keep_freed_memory
    from rlmrec.data.external_ids import ids_of, read_histories, read_profiles
    from rlmrec.recommending import NOBODY
    from rlmrec.recommending.lists import in_one_table, tell_nameless
    from rlmrec.recommending.request import ListRequest, made_request
    from rlmrec.recommending.writing import check_new_file, write_parts

    if new and config.on_unknown != ListRequest.on_unknown:
        raise UserError("on_unknown has no effect on new users: leave it out")
    out = None if config.out is None else check_new_file(config.out)
    options |= {name: ids_of(options[name], "item") for name in ("items", "exclude")}
    request = made_request({field.name: options[field.name] for field in fields(ListRequest)})
    histories = None if config.histories is None else read_histories(config.histories)
    profiles = None if config.profiles is None else read_profiles(config.profiles, "user")
    added = None if config.new_items is None else read_profiles(config.new_items, "item")
    users: list[str] | None
    if new:
        users = [*dict.fromkeys([*([] if profiles is None else profiles["external_id"]), *(histories or {})])]
    else:
        users = None if options["users"] == ALL else ids_of(options["users"], "user")
    if out is None and (users is None or len(users) > MOST_SHOWN):
        raise UserError(f"more than {MOST_SHOWN} users: out=lists.parquet (or .csv) takes their lists")
    keep_freed_memory()
    run = load(config.run, trust=config.trust)
    encoder = options.get("encoder")
    people, items = (NOBODY if table is None else run.newcomers(table, encoder) for table in (profiles, added))

    def lists(first_part: int = 0) -> Any:
        if new:
            return run.served.lists_of_new(request, histories, people, items, first_part)
        return run.served.lists(users, request, items, first_part)

    tell_nameless(run.dataset.items)
    if out is None:
        _show(in_one_table(lists()), users or [])
        return
    weights = run.folder.weights.stat()
    given = [None if table is None else table.to_dicts() for table in (profiles, added)]
    asked = {**options, "users": users, "histories": histories, "given": given}
    asked["weights"] = [weights.st_mtime_ns, weights.st_size]
    rows = write_parts(out, asked, lambda done: (part.named() for part in lists(done)))
    print(f"{rows:,} rows in {out}")


def _show(table: Any, users: Sequence[str]) -> None:
    from rlmrec.cli.results import print_list

    for user in users:
        rows = table.filter(table["user"] == user)
        if rows.is_empty():
            print(f"{printable(user)}: no item to recommend")
        else:
            print_list(user, rows, "item")
