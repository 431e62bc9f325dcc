import json
import os
from pathlib import Path

import pytest

from rlmrec.common.errors import UserError
from rlmrec.profiles.budget import Prices
from rlmrec.profiles.store import AnswerStore, Record


def record(number: int, **more: object) -> Record:
    return Record.model_validate({"key": f"key {number}", "kind": "user", "id": number, "text": "{}", **more})


def filled(folder: Path) -> Path:
    with AnswerStore(folder) as store:
        for number in range(3):
            store.append(record(number, cost=0.5))
    return store.path


@pytest.mark.parametrize("lost", range(1, 40, 7))
def test_a_torn_last_record_is_cut_off_and_can_be_written_again(lost: int, tmp_path: Path) -> None:
    path = filled(tmp_path)
    whole = path.read_bytes()
    os.truncate(path, len(whole) - lost)
    with AnswerStore(tmp_path) as store:
        kept = 3 if lost == 1 else 2  # only the end of line is missing: nothing finished is lost
        assert sorted(store.answers) == [f"key {number}" for number in range(kept)]
        assert store.spent == 0.5 * kept
        if kept == 2:
            store.append(record(2, cost=0.5))
    assert path.read_bytes() == whole


def test_answers_that_a_failure_voids_are_asked_again_but_stay_paid(tmp_path: Path) -> None:
    with AnswerStore(tmp_path) as store:
        store.append(record(1, cost=1.0))
        store.append(record(2, cost=1.0))
        store.append(Record(key="key 1", kind="user", id=1, error="malformed twice", voids=("key 1",)))
    with AnswerStore(tmp_path) as store:
        assert list(store.answers) == ["key 2"]
        assert store.spent == 2.0


def test_what_was_under_way_when_a_process_was_killed_may_have_been_paid_for(tmp_path: Path) -> None:
    with AnswerStore(tmp_path) as store:
        store.set_aside(1.0)
        store.set_aside(0.5)
    with AnswerStore(tmp_path) as store:
        assert (store.spent, store.uncertain) == (0.0, 0.5)
        store.set_aside(0.25)
        store.set_aside(0.0)
        store.append(record(1, cost=1.0, currency="EUR"))
        assert store.cost(Prices(1, 1)) == "1.0000 EUR, and at most 0.5000 EUR for what was not counted or answered"
    with AnswerStore(tmp_path) as store:
        assert (store.spent, store.uncertain) == (1.0, 0.5)
    for wrong in ("", "half a", "nan", "-1", "inf"):
        (tmp_path / "profiles" / "under_way.txt").write_text(wrong)
        with pytest.raises(UserError, match=r"under_way\.txt holds no amount of money"), AnswerStore(tmp_path):
            pass


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    path = filled(tmp_path)
    lines = path.read_bytes().split(b"\n")
    lines[1] = b'{"key": 3}'
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(UserError, match="line 2"), AnswerStore(tmp_path):
        pass
    path.write_bytes(b"\n".join([lines[0], *lines[2:]]))
    with AnswerStore(tmp_path) as store:
        assert len(store.answers) == 2


def test_a_full_disk_leaves_no_half_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    with AnswerStore(tmp_path) as store:
        store.append(record(1))
        monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:10]))
        with pytest.raises(UserError, match="disk full"):
            store.append(record(2))
        monkeypatch.undo()
        store.append(record(3))
    with AnswerStore(tmp_path) as store:
        assert sorted(store.answers) == ["key 1", "key 3"]


@pytest.mark.parametrize(
    "wrong",
    [{"cost": -1000.0}, {"uncertain": -1}, {"prompt_tokens": -5}, {"currency": "\x1b[31m"}, {"currency": "A b"}],
)
def test_records_of_strangers_cannot_earn_money_or_colour_the_terminal(
    wrong: dict[str, object], tmp_path: Path
) -> None:
    path = filled(tmp_path)
    with path.open("a") as file:
        file.write(json.dumps({"key": "k", "kind": "item", "id": 0, "text": "x", **wrong}) + "\n")
    with pytest.raises(UserError, match="line 4 is not a record"), AnswerStore(tmp_path):
        pass


def test_costs_are_finite(tmp_path: Path) -> None:
    path = filled(tmp_path)
    with path.open("a") as file:
        file.write('{"key": "k", "kind": "item", "id": 0, "text": "x", "cost": NaN}\n')
    with pytest.raises(UserError, match="line 4 is not a record"), AnswerStore(tmp_path):
        pass
