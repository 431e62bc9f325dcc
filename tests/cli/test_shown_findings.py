"""From raw files that tell nothing of items to a run: every command shows what it found, last and in one block."""

from pathlib import Path

import numpy as np
import pytest

from raw_files import many, write
from rlmrec.cli import encode_text, prepare_data, train, write_profiles
from rlmrec.data.updating import update_profiles
from tiny import command, train_arguments

SMALL = ("filters.core.users=2", "filters.core.items=2", "split=random_per_user", "source.columns.review=null")


def block(printed: str) -> list[str]:
    """The lines of the block of warnings."""
    lines = printed.splitlines()
    start = next(number for number, line in enumerate(lines) if line.endswith((" warning:", " warnings:")))
    count = int(lines[start].split()[0])
    assert all(line.startswith("  ") for line in lines[start + 1 : start + 1 + count])
    assert not lines[start + 1 + count].startswith("  ")
    return [line.strip() for line in lines[start + 1 : start + 1 + count]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Interactions of 2001 without a word about items."""
    rows = [row | {"timestamp": 1_000_000_000 + 1000 * row["timestamp"]} for row in many()]
    write(tmp_path / "r.csv", rows)
    out = tmp_path / "data"
    assert command(prepare_data, f"source.interactions={tmp_path}/r.csv", f"out={out}", *SMALL) == 0
    return out


def test_every_command_shows_what_it_found(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(prepare_data, f"check={folder}") == 0
    printed = capsys.readouterr().out
    assert printed.endswith(f"{folder}: no problems\n")
    assert "warning" not in printed
    assert command(write_profiles, f"folder={folder}") == 0
    (line,) = block(capsys.readouterr().out)
    assert line.startswith("30 of 30 (100.0 %) profiles of users say nothing")
    words = ("tea cats rain snow salt", "sea moon wind fire", "wood iron gold silk clay wool tin")
    distinct = [" ".join(part.split()[number % len(part.split())] for part in words) for number in range(25)]
    update_profiles(folder, ["tea moon"] * 20 + distinct[:10], distinct, {})
    assert command(encode_text, f"folder={folder}", "encoder=tfidf", "encoder.dim=4") == 0
    printed = capsys.readouterr().out
    profiles, vectors = block(printed)
    assert profiles == "20 of 30 (66.7 %) users have the same profile but for numbers: 'tea moon'"
    assert vectors.startswith("20 of 30 (66.7 %) user embeddings are one and the same vector, that of user 0")
    assert "│ users │       30 │     0 │" in printed
    assert command(prepare_data, f"check={folder}") == 0
    printed = capsys.readouterr().out
    assert block(printed)[-2:] == [profiles, vectors]
    assert printed.splitlines()[-1] == f"{folder}: no problems, {len(block(printed))} warnings"
    assert command(train, *train_arguments(folder, tmp_path / "run", "trainer.max_epochs=1")) == 0
    assert f"WARNING] - {vectors}" in (tmp_path / "run" / "train.log").read_text()


def test_embeddings_made_by_hand(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for kind, count in (("user", 30), ("item", 25)):
        vectors = np.random.default_rng(0).standard_normal((count, 4)).astype(np.float32)
        vectors[3] = 0
        np.save(folder / f"{kind}_embeddings.npy", vectors)
    capsys.readouterr()
    assert command(prepare_data, f"check={folder}") == 0
    told = block(capsys.readouterr().out)
    assert [line.partition(" and")[0] for line in told[-2:]] == [
        "1 of 30 (3.3 %) user embeddings are zero",
        "1 of 25 (4.0 %) item embeddings are zero",
    ]
    np.save(folder / "item_embeddings.npy", np.full((25, 4), np.nan, np.float32))
    assert command(prepare_data, f"check={folder}") == 1, "what training cannot do with is a problem"
    assert "25 item embeddings hold NaN or infinite values" in capsys.readouterr().err
