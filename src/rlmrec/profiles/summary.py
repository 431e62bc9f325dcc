"""Printing the results of a run."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from rlmrec.common.errors import printable
from rlmrec.data.findings.profiles import ProfileFacts
from rlmrec.profiles.job import Summary
from rlmrec.profiles.preview import Preview

FAILURES_SHOWN = 50


def print_preview(preview: Preview) -> None:
    """Print the prompts of a preview, then tokens and cost."""
    print(printable("\n\n".join(preview.prompts)), end="\n\n")
    table = Table(title="nothing was asked; a run would take, about", title_justify="left")
    for column in ("", "requests", "tokens sent", "tokens received", "cost"):
        table.add_column(column, justify="right" if column else "left")
    for name, estimate in (("items", preview.items), ("users", preview.users)):
        numbers = (estimate.requests, estimate.prompt_tokens, estimate.completion_tokens)
        table.add_row(name, *(f"{number:,}" for number in numbers), preview.prices.shown(estimate.cost))
    Console().print(table)
    total = preview.items.cost + preview.users.cost
    print(f"about {preview.prices.shown(total)} to spend; spent so far: {preview.spent}")


def print_summary(summary: Summary, facts: Mapping[str, ProfileFacts]) -> None:
    """Print the numbers of profiles, then the failures.

    Args:
        summary: result of the run.
        facts: statistics of the profiles now in the folder, by ``item`` and ``user``.
    """
    table = Table(title="profiles", title_justify="left")
    for column in ("", "written", "asked now", "failed", "nothing known", "say nothing", "alike"):
        table.add_column(column, justify="right" if column else "left")
    failures = []
    stages = (("item", summary.items, summary.unknown[0]), ("user", summary.users, summary.unknown[1]))
    for kind, result, unknown in stages:
        said = facts[kind].say_nothing, facts[kind].alike
        numbers = (len(result.written), result.asked, len(result.failed), unknown, *said)
        table.add_row(f"{kind}s", *(f"{number:,}" for number in numbers))
        failures += [f"{kind} {number}: {reason}" for number, reason in sorted(result.failed.items())]
    Console().print(table)
    print(f"no leak: written from {summary.sources:,} interactions, all of them training data")
    print(f"cost of all answers in the folder: {summary.cost}")
    for failure in failures[:FAILURES_SHOWN]:
        print(printable(f"failed: {failure}"))
    if len(failures) > FAILURES_SHOWN:
        print(f"... and {len(failures) - FAILURES_SHOWN} more: records with an error in profiles/answers.jsonl")
