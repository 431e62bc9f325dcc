"""Rerank the lists of a run by a language model: ``rlmrec rerank run=outputs/... llm=openai``."""

import hashlib
import json
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from rlmrec.cli.frame import entry
from rlmrec.cli.frame.own_options import RerankOptions
from rlmrec.common.errors import UserError, printable
from rlmrec.common.program import argument, command
from rlmrec.options.compose import plain_options
from rlmrec.runs.folder import RunFolder

ALL = "all"
FAILURES_SHOWN = 20


@entry.command("rerank", RerankOptions)
def run(config: DictConfig) -> None:
    """Rerank lists, and print metrics before and after as well as the cost."""
    options = plain_options(config)
    if config.run is None:
        raise UserError(f"name a run folder: {command('rerank')} run=outputs/... dry_run=true")
    RunFolder.existing(config.run, option="run", trust=config.trust)
    from rlmrec.api import load  # late, since the checks above do not need torch
    from rlmrec.api.rerank import FOLDER, lists_to_rerank, rerank
    from rlmrec.options.validate_options import instantiate_parts
    from rlmrec.recommending.lists import tell_nameless
    from rlmrec.recommending.reranking.reranking import Reranker
    from rlmrec.recommending.writing import check_new_file, new_table, write_table

    out = None if config.out is None else check_new_file(config.out)
    of_reranker = {name: value for name, value in options.items() if name not in RerankOptions.model_fields}
    reranker = Reranker(**instantiate_parts(of_reranker, Reranker))
    run = load(config.run, trust=config.trust)
    lists = lists_to_rerank(run, config.k, None if config.users == ALL else config.users, config.seed)
    tell_nameless(run.dataset.items)
    if config.dry_run:
        _preview(reranker, run, lists, config.answer_tokens)
        return
    if out is None:  # the name is a hash of everything the lists depend on, so only equal lists replace each other
        asked = reranker.origin | {"k": config.k, "drawn": config.users}
        name = hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()[:8]
        file = Path(run.path, FOLDER, f"lists-{name}.parquet")
        found = rerank(run, reranker, lists)
        write_table(file, found.lists)
    else:
        file = out
        with new_table(file) as write:
            found = rerank(run, reranker, lists)
            write(found.lists)
    _show(run, found)
    print(f"data: {printable(run.description)}")
    print(f"lists: {file}; as a row of reports: {command('score')} {argument('recommendations', file)} dataset=...")


def _preview(reranker: Any, run: Any, lists: Any, answer_tokens: int) -> None:
    from rlmrec.profiles.budget import estimate_tokens

    requests = list(reranker.requests(run.dataset, lists))
    print(printable("\n\n".join(f"[{message['role']}]\n{message['content']}" for message in requests[0].messages)))
    sent, received = sum(estimate_tokens(request.text) for request in requests), answer_tokens * len(requests)
    prices = reranker.llm.prices
    print(
        f"\nnothing was asked; a run would take about {len(requests):,} requests, {sent:,} tokens sent and "
        f"{received:,} received, {prices.shown(prices.cost(sent, received))}, less what was answered before"
    )


def _show(run: Any, found: Any) -> None:
    from rlmrec.common.terminal import counted, print_table
    from rlmrec.report.significance import paired_t, wilcoxon

    rows = []
    for name in found.before.columns[1:]:
        before, after = found.before[name].to_numpy(), found.after[name].to_numpy()
        tests = (f"{test(after, before):.3f}" for test in (wilcoxon, paired_t))
        rows.append(
            (name, f"{before.mean():.4f}", f"{after.mean():.4f}", f"{after.mean() - before.mean():+.4f}", *tests)
        )
    header = ["metric", "before", "after", "change", "p (Wilcoxon)", "p (t)"]
    print_table(counted(len(found.before), "user"), header, rows)
    reranked = found.reranked
    print(f"{reranked.asked:,} answers asked for now; cost of all answers of the run: {reranked.cost}")
    for user, reason in list(reranked.failed.items())[:FAILURES_SHOWN]:
        name = run.dataset.users["external_id"][user]
        print(printable(f"left as it was: {name}: {reason}"))
    if len(reranked.failed) > FAILURES_SHOWN:
        print(f"... and {len(reranked.failed) - FAILURES_SHOWN} more")
