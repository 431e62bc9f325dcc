"""Dataset folders from a stranger: no command that reads one is stopped by it, or reaches elsewhere for it."""

from pathlib import Path

import pytest

from attempts import DATASET_COMMANDS, copied
from foreign_datasets import DATASETS, HARMLESS
from turns import by_turns
from watch import Watch, tried


@pytest.mark.parametrize(("name", "command"), by_turns(DATASETS, DATASET_COMMANDS, lambda name: DATASETS[name][1]))
def test_refused(name: str, command: str, tiny_folder: Path, tmp_path: Path, watch: Watch) -> None:
    change, refusing = DATASETS[name]
    data = copied(tiny_folder, tmp_path / "data")
    change(data, watch)
    outcome = tried(lambda: DATASET_COMMANDS[command](data, tmp_path / "out"))
    watch.check(outcome.output)
    assert "Traceback" not in outcome.output
    if command in refusing:
        assert outcome.code == 1, outcome.output
        assert outcome.output.count("error: ") == 1


@pytest.mark.parametrize(("name", "command"), by_turns(HARMLESS, ("train", "check", "encode_text", "write_profiles")))
def test_harmless(name: str, command: str, tiny_folder: Path, tmp_path: Path, watch: Watch) -> None:
    data = copied(tiny_folder, tmp_path / "data")
    HARMLESS[name](data, watch)
    outcome = tried(lambda: DATASET_COMMANDS[command](data, tmp_path / "out"))
    watch.check(outcome.output)
    assert outcome.code == 0, outcome.output
