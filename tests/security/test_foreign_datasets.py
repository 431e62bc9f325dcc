"""Dataset folders from a stranger: no command that reads one is stopped by it, or reaches elsewhere for it."""

from pathlib import Path

import pytest

from attempts import DATASET_COMMANDS, copied
from foreign_datasets import DATASETS, HARMLESS
from watch import Watch, tried


@pytest.mark.parametrize("name", DATASETS)
def test_refused(name: str, tiny_folder: Path, tmp_path: Path, watch: Watch) -> None:
    change, refusing = DATASETS[name]
    for command, read in DATASET_COMMANDS.items():
        if command == "check profiles" and command not in refusing:
            continue  # the folder has none
        if command == "train" and command not in refusing:
            continue  # takes time and proves nothing
        data = copied(tiny_folder, tmp_path / "data")
        change(data, watch)
        outcome = tried(lambda read=read, data=data: read(data, tmp_path / "out"))
        watch.check(outcome.output)
        assert "Traceback" not in outcome.output, command
        if command in refusing:
            assert outcome.code == 1, f"{command}: {outcome.output}"
            assert outcome.output.count("error: ") == 1, command


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless(name: str, tiny_folder: Path, tmp_path: Path, watch: Watch) -> None:
    for command in ("train", "check", "encode_text", "write_profiles"):
        data = copied(tiny_folder, tmp_path / "data")
        HARMLESS[name](data, watch)
        outcome = tried(lambda command=command, data=data: DATASET_COMMANDS[command](data, tmp_path / f"out {command}"))
        watch.check(outcome.output)
        assert outcome.code == 0, f"{command}: {outcome.output}"
