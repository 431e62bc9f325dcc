"""Every command that reads a folder from a stranger."""

import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import tiny
from rlmrec.api import load, train
from rlmrec.cli import encode_text, evaluate, prepare_data, report, write_profiles
from rlmrec.cli import train as train_command
from rlmrec.options.compose import compose
from watch import Watch, tried

Change = Callable[[Path, Watch], None]
"""What a stranger does to a folder."""


def _load(run: Path, data: Path, out: Path) -> None:
    loaded = load(run)
    loaded.user_embeddings()
    loaded.recommendations()
    print(loaded.metrics)


def _begin_with(run: Path, data: Path, out: Path) -> None:
    words = ["dataset=folder", f"dataset.root={data}", "align=none", f"initialise_from={run}", *tiny.FAST]
    train(compose([*words, "trainer.max_epochs=1"]), out)


def _resume(run: Path, data: Path, out: Path) -> int:
    """On a copy, since a resumed run goes on in its folder; links and pipes stay what they are."""
    for name in ("metrics.json", "per_user_test.parquet"):
        (run / name).unlink(missing_ok=True)
    return tiny.command(train_command, f"resume={run}")


RUN_COMMANDS: dict[str, Callable[[Path, Path, Path], int | None]] = {
    "load": _load,
    "evaluate": lambda run, data, out: tiny.command(evaluate, f"run={run}", "trainer=cpu"),
    "report": lambda run, data, out: tiny.command(report, f"runs={run}", f"out={out}"),
    "initialise_from": _begin_with,
    "resume": _resume,
}
"""What reads a run folder: called with the run, a dataset folder of the user's own, and a place to write to."""


def _train(data: Path, out: Path) -> int:
    return tiny.command(train_command, *tiny.train_arguments(data, out, "trainer.max_epochs=1"))


DATASET_COMMANDS: dict[str, Callable[[Path, Path], int | None]] = {
    "train": _train,
    "check": lambda data, out: tiny.command(prepare_data, f"check={data}"),
    "encode_text": lambda data, out: tiny.command(encode_text, f"folder={data}", "encoder=random"),
    "check profiles": lambda data, out: tiny.command(write_profiles, f"folder={data}", "check=true"),
    "write_profiles": lambda data, out: tiny.command(write_profiles, f"folder={data}", "llm=template"),
}
"""What reads a dataset folder: called with it and a place to write to."""


def copied(folder: Path, place: Path) -> Path:
    """A copy of a folder, as an archive would unpack it."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(folder, place, symlinks=True, ignore=lambda *_: [])
    return place


def assert_refused(
    command: str, change: Change, finished: Path, data: Path, place: Path, watch: Watch, harmless: bool = False
) -> None:
    """Try a command on a changed copy of a run: it ends with one line, and nothing happened.

    Args:
        command: what reads the run.
        change: what the stranger did.
        finished: the run as it was.
        data: a dataset folder of the user's own.
        place: to write to.
        watch: over what must not happen.
        harmless: whether the command does not use what was changed, and may succeed.
    """
    folder = copied(finished, place / "run")
    change(folder, watch)
    outcome = tried(lambda: RUN_COMMANDS[command](folder, data, place / "out"))
    watch.check(outcome.output)
    assert harmless or outcome.code in (1, 2), outcome.output
    assert "Traceback" not in outcome.output
    assert len(re.findall("^error: ", outcome.output, re.MULTILINE)) == (outcome.code > 0)


def main() -> None:
    """Try commands in a process of their own, an outcome a line.

    The arguments are a dataset folder and a file of pairs as JSON, of a run folder and a command.
    """
    data = Path(sys.argv[1])
    for number, (run, command) in enumerate(json.loads(Path(sys.argv[2]).read_text())):
        place = data.with_name(f"out-{number}")
        outcome = tried(lambda run=Path(run), command=command, place=place: RUN_COMMANDS[command](run, data, place))
        print(json.dumps([Path(run).name, command, *outcome]), flush=True)


if __name__ == "__main__":
    main()
