"""The command from end to end, against a server that plays an OpenAI-compatible endpoint."""

import hashlib
import json
import re
import signal
import subprocess
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from hydra.utils import get_class

import reviewed
from chat_server import serve
from processes import PATIENCE, start, wait_until
from profile_writing import KEY, arguments, records, subject
from rlmrec import compose
from rlmrec.cli import write_profiles
from rlmrec.common.config_files import choices
from rlmrec.data.folder import FolderDataset
from rlmrec.data.manifest import Manifest
from rlmrec.options.validate_options import validate_options
from rlmrec.profiles.request import Facts, Request
from rlmrec.profiles.store import AnswerStore
from tiny import command

NUM_USERS, NUM_ITEMS = 300, 200
HOPELESS = {"item 17": "prose", "item 42": "error", "user 7": "refused"}
WEATHER = ("answer",) * 5 + ("delay", "limited", "error", "truncated", "prose", "closed", "cut", "uncounted")


def bad_day(prompt: str, number: int) -> str:
    """Some entities never succeed; others may fail on first sight, each in its own way."""
    if subject(prompt) in HOPELESS:
        return HOPELESS[subject(prompt)]
    chance = int(hashlib.sha256(prompt.encode()).hexdigest(), 16)
    return WEATHER[chance % len(WEATHER)] if number == 0 and len(json.loads(prompt)) == 2 else "answer"


def stored_once(folder: Path) -> None:
    answers = Counter(record["key"] for record in records(folder) if "text" in record)
    assert set(answers.values()) == {1}


def check_finished(folder: Path, hopeless: set[str]) -> None:
    """Every entity but the hopeless ones has a profile."""
    dataset = FolderDataset(str(folder)).load()
    empty = [
        row["title"]
        for table in (dataset.items, dataset.users)
        for row in table.iter_rows(named=True)
        if not row["profile"]
    ]
    assert set(empty) == hopeless


@pytest.fixture
def big(tmp_path: Path) -> Path:
    return reviewed.write(tmp_path / "big", NUM_USERS, NUM_ITEMS)


def test_500_entities_on_a_bad_day(
    big: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with serve(bad_day) as server:
        assert command(write_profiles, *arguments(big, server, "concurrency=12")) == 1
        assert set(server.paid.values()) == {1}, "no answer was paid for twice"
        assert server.most_under_way <= 12
        assert server.keys == {f"Bearer {KEY}"}
        first = capsys.readouterr()
        paid, asked = server.paid.copy(), server.seen.copy()
        assert command(write_profiles, *arguments(big, server)) == 1
        again = {subject(prompt) for prompt, times in (server.seen - asked).items() if times}
        assert again == set(HOPELESS), "only the failed ones are asked again"
        assert {subject(prompt) for prompt in server.paid - paid} == {"item 17"}
    for line in ("item 17: malformed twice", "item 42: ", "user 7: ", "3 profiles could not be written"):
        assert line in first.out + first.err
    answers = [record["key"] for record in records(big) if "text" in record and record["id"] != 17]
    assert len(answers) == len(set(answers)), "every answer is stored exactly once"
    check_finished(big, set(HOPELESS))
    never_written(big, first.out + first.err)
    assert sum("estimated" in record for record in records(big)) == sum(  # no usage
        WEATHER[int(hashlib.sha256(prompt.encode()).hexdigest(), 16) % len(WEATHER)] == "uncounted"
        for prompt in paid
        if len(json.loads(prompt)) == 2 and subject(prompt) not in HOPELESS
    )


@pytest.mark.parametrize("group", ["llm", "prompt"])
def test_every_choice_composes_and_passes_the_checks(group: str) -> None:
    assert len(choices(group)) >= 3
    for choice in choices(group):
        options = compose([f"{group}={choice}", "folder=z"], "write_profiles")
        assert options[f"{group}_name"] == choice
        job = {name: value for name, value in options.items() if name not in (*write_profiles.MODES, "batch_limit")}
        validate_options(job)
        hints = get_class(options[group]["_target_"]).__init__.__annotations__
        assert set(options[group]) - {"_target_"} <= set(hints), choice


def never_written(folder: Path, printed: str) -> None:
    """The key is in no file of the folder and in no output."""
    assert KEY not in printed
    for path in folder.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path
    for table in folder.glob("*.parquet"):  # compressed
        assert KEY not in pl.read_parquet(table).write_json()


def test_a_failed_item_that_succeeds_later_does_not_make_users_paid_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    folder, ill = reviewed.write(tmp_path / "data"), {"item 0"}
    with serve(lambda prompt, number: "refused" if subject(prompt) in ill else "answer") as server:
        assert command(write_profiles, *arguments(folder, server)) == 1
        before = server.seen.copy()
        ill.clear()
        assert command(write_profiles, *arguments(folder, server)) == 0
        assert {subject(prompt) for prompt in server.seen - before} == {"item 0"}
        after = server.seen.copy()
        assert command(write_profiles, *arguments(folder, server)) == 0
        assert server.seen == after, "nothing is left to ask"
    check_finished(folder, set())


def test_killed_several_times_on_a_bad_day(tmp_path: Path) -> None:
    """Nothing that was stored is asked for again; what was under way is all that a kill can cost."""
    concurrency = 8
    folder = reviewed.write(tmp_path / "data", num_users=90, num_items=60)
    kills: list[tuple[set[str], int]] = []  # keys in the store, and requests so far
    with serve(lambda prompt, number: bad_day(prompt, number).replace("answer", "delay")) as server:
        line = arguments(folder, server, f"concurrency={concurrency}")
        for enough in (20, 60, 100):
            with (tmp_path / "printed").open("a") as printed:
                process = start(
                    "write_profiles", *line, environment={"OPENAI_API_KEY": KEY}, stdout=printed, stderr=printed
                )
                try:
                    wait_until(lambda: len(lines_of_store(folder)) >= enough, process)  # noqa: B023
                finally:
                    process.kill()
                    process.wait()
            wait_until(lambda: not server.under_way)  # the server notices the death when it answers
            stored = [json.loads(text) for text in lines_of_store(folder)]
            assert enough <= len(stored) < 140
            kills.append(({one["key"] for one in stored if one["id"] != 17}, len(server.bodies)))
            if enough == 60:
                with (folder / "profiles" / "answers.jsonl").open("ab") as file:
                    file.write(b'{"key": "torn')
        last = start(
            "write_profiles",
            *line,
            environment={"OPENAI_API_KEY": KEY},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        with last:
            written, told = last.communicate(timeout=PATIENCE)
    assert last.returncode == 1
    assert "3 profiles could not be written" in told
    for keys, requests in kills:
        failed = {one["key"] for one in records(folder) if "error" in one}
        assert not (keys - failed) & {key(dict(body)) for body in server.bodies[requests:]}, (
            "what was stored is never asked again"
        )
    with AnswerStore(folder) as store:
        assert sum(server.paid.values()) * (100 * 0.15 + 10 * 0.6) / 1e6 <= store.spent + store.uncertain
    twice = server.paid - Counter(dict.fromkeys(server.paid, 1))
    assert sum(times for prompt, times in twice.items() if subject(prompt) != "item 17") <= 3 * concurrency
    answers = [one["key"] for one in records(folder) if "text" in one and one["id"] != 17]
    assert len(answers) == len(set(answers)), "every answer is stored exactly once"
    assert set(answers) <= {key(dict(body)) for body in server.bodies}
    check_finished(folder, set(HOPELESS))
    never_written(folder, (tmp_path / "printed").read_text() + written + told)


def key(body: dict) -> str:
    """The key under which the answer to a request is stored."""
    messages, model = tuple(body.pop("messages")), body.pop("model")
    return Request("item", 0, messages, Facts("item", "", ""), ()).key(model, body)


def test_a_signal_lets_finish_what_is_under_way(big: Path) -> None:
    with serve(lambda prompt, number: "delay") as server:
        words = arguments(big, server, "llm.api_key_variable=null", "concurrency=4")
        with start("write_profiles", *words, stderr=subprocess.PIPE) as process:
            try:
                wait_until(lambda: len(lines_of_store(big)) >= 20, process)
                process.send_signal(signal.SIGTERM)
                told = process.communicate(timeout=PATIENCE)[1]
            finally:
                process.kill()
        assert process.returncode == 130
        assert "run again to continue" in told
        assert len(lines_of_store(big)) == sum(server.paid.values()) < NUM_ITEMS, "all that was paid for is stored"


def test_a_signal_ends_the_wait_that_a_server_asks_for(big: Path) -> None:
    with serve(lambda prompt, number: "wait_long") as server:
        words = arguments(big, server, "llm.api_key_variable=null", "concurrency=2")
        with start("write_profiles", *words, stderr=subprocess.PIPE) as process:
            try:
                wait_until(lambda: sum(server.seen.values()) >= 2 and not server.under_way, process)
                process.send_signal(signal.SIGTERM)
                told = process.communicate(timeout=PATIENCE)[1]
            finally:
                process.kill()
        assert process.returncode == 130 and "run again to continue" in told


def test_a_server_that_hangs_is_asked_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = reviewed.write(tmp_path / "data", num_users=3, num_items=4)
    with serve(lambda prompt, number: "hang" if number == 0 and subject(prompt) == "item 1" else "answer") as server:
        line = arguments(folder, server, "llm.api_key_variable=null", "llm.timeout=1")
        assert command(write_profiles, *line) == 0
        server.released.set()
        assert max(server.seen.values()) == 2
        assert server.keys == {"Bearer none"}


def test_users_of_whom_nothing_is_known_are_not_asked_about(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = reviewed.write(tmp_path / "data", idle_users=2)
    assert command(write_profiles, f"folder={folder}") == 0
    assert re.search(r"users │ +12 │ +12 │ +0 │ +2 │", capsys.readouterr().out)
    assert FolderDataset(str(folder)).load().users["profile"].to_list()[-2:] == ["", ""]
    assert command(write_profiles, f"folder={folder}", "check=true") == 0
    assert "no leak" in capsys.readouterr().out


def lines_of_store(folder: Path) -> list[bytes]:
    """The complete lines of the store."""
    path = folder / "profiles" / "answers.jsonl"
    return path.read_bytes().split(b"\n")[:-1] if path.exists() else []


def test_entities_of_which_the_same_is_known_share_an_answer(tmp_path: Path) -> None:
    folder = reviewed.write(tmp_path / "data", alike=True)
    with serve(lambda prompt, number: "delay") as server:
        line = arguments(folder, server, "llm.api_key_variable=null", "sampling.item_reviews=0")
        requests = tmp_path / "requests.jsonl"
        assert command(write_profiles, *line, f"write_batch={requests}") == 0
        assert len(requests.read_text().splitlines()) == 1
        assert command(write_profiles, *line) == 0
        assert [times for prompt, times in server.paid.items() if "<title>" in prompt] == [1]
    assert FolderDataset(str(folder)).load().items["profile"].n_unique() == 1
    stored_once(folder)
    check_finished(folder, set())


def test_dry_run_asks_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = reviewed.write(tmp_path / "data")
    before = FolderDataset(str(folder)).load().items
    with serve() as server:
        assert command(write_profiles, *arguments(folder, server, "dry_run=true", "prompt=books")) == 0
        assert not server.seen
    printed = capsys.readouterr().out
    assert printed.count("[system]") == 3
    assert 'Begin with "Readers who"' in printed
    assert re.search(r"items │ +8 │", printed) and re.search(r"users │ +12 │", printed)
    assert re.search(r"about 0\.00\d+ USD to spend; spent so far: 0\.0000 USD", printed)
    assert FolderDataset(str(folder)).load().items.equals(before)
    assert not records(folder)


def test_max_cost_stops_and_a_larger_one_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    folder = reviewed.write(tmp_path / "data")
    # 0.2 an answer, for which up to 0.23 are set aside
    prices = ["llm.prompt_price=10", "llm.completion_price=19900", "llm.parameters.max_tokens=10", "llm.currency=EUR"]
    with serve() as server:
        assert command(write_profiles, *arguments(folder, server, *prices, "max_cost=1.5")) == 1
        assert "stopped at max_cost=1.5: 1.4000 EUR is spent, and the next" in capsys.readouterr().err
        assert sum(server.paid.values()) == 7
        cost = sum(record["cost"] for record in records(folder))
        assert cost == pytest.approx(0.2 * sum(server.paid.values()))
        assert Manifest.read(folder).profiles == {}, "the folder is as it was"
        assert command(write_profiles, *arguments(folder, server, *prices, "max_cost=1.5")) == 1
        assert command(write_profiles, *arguments(folder, server, *prices, "max_cost=100")) == 0
        assert set(server.paid.values()) == {1}
        assert Manifest.read(folder).profiles["cost"] == {"EUR": 4.0}
        assert command(write_profiles, *arguments(folder, server, "llm.currency=USD")) == 1
    told = capsys.readouterr()
    assert "cost of all answers in the folder: 4.0000 EUR\n" in told.out
    assert "holds costs in EUR" in told.err


def test_batch_round_trip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    folder = reviewed.write(tmp_path / "data")
    with serve() as server:
        for stage, count in (("items", 8), ("users", 12)):
            requests, results = tmp_path / f"{stage}.jsonl", tmp_path / f"{stage}-results.jsonl"
            assert command(write_profiles, *arguments(folder, server, f"write_batch={requests}")) == 0
            lines = [json.loads(line) for line in requests.read_text().splitlines()]
            assert len(lines) == count
            assert {line["url"] for line in lines} == {"/v1/chat/completions"}
            assert lines[0]["body"]["temperature"] == 0
            results.write_text("".join(batch_result(line, number) for number, line in enumerate(lines)))
            for _ in range(2):  # a second time changes nothing
                assert command(write_profiles, *arguments(folder, server, f"read_batch={results}")) == 0
            if stage == "items":
                requests = tmp_path / "rest.jsonl"
                assert command(write_profiles, *arguments(folder, server, f"write_batch={requests}")) == 0
                rest = [json.loads(line) for line in requests.read_text().splitlines()]
                assert [len(line["body"]["messages"]) for line in rest] == [4, 2], "a repair and a failed request"
                results.write_text("".join(batch_result(line, 9) for line in rest))
                assert command(write_profiles, *arguments(folder, server, f"read_batch={results}")) == 0
        assert not server.seen
        assert command(write_profiles, *arguments(folder, server)) == 0
        assert sum(server.seen.values()) == 2, "a repair and the failed request of users"
    check_finished(folder, set())
    stored_once(folder)
    assert command(write_profiles, f"folder={folder}", f"write_batch={tmp_path / 'none.jsonl'}") == 1
    assert "llm=openai" in capsys.readouterr().err


def batch_result(line: dict, number: int) -> str:
    """The first answer is malformed, the second request failed."""
    content = "prose" if number == 0 else json.dumps({"summarization": "from a batch", "reasoning": "as asked"})
    body = {
        "choices": [{"message": {"role": "assistant", "content": content}}],
        "usage": {"prompt_tokens": 50, "completion_tokens": 5},
    }
    response = {"status_code": 500 if number == 1 else 200, "body": body}
    return json.dumps({"custom_id": line["custom_id"], "response": response, "error": None}) + "\n"


def test_a_filtered_answer_fails_its_profile_and_not_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, filtered = reviewed.write(tmp_path / "data"), {"item 1", "item 2"}
    with serve(lambda prompt, number: "filtered" if subject(prompt) in filtered else "answer") as server:
        assert command(write_profiles, *arguments(folder, server, "llm.api_key_variable=null")) == 1
        assert set(server.seen.values()) == {1}, "what was paid for in vain is not asked again by itself"
    printed = capsys.readouterr()
    assert "failed: item 1: no text: content_filter" in printed.out
    assert "2 profiles could not be written" in printed.err
    check_finished(folder, filtered)


@pytest.mark.parametrize(
    ("plan", "says"),
    [("unauthorized", "the endpoint refuses"), ("broke", "no money left")],
)
def test_what_no_request_can_pass_ends_the_run_at_once(
    plan: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    folder = reviewed.write(tmp_path / "data")
    with serve(lambda prompt, number: plan) as server:
        assert command(write_profiles, *arguments(folder, server, "concurrency=2")) == 1
        assert sum(server.seen.values()) <= 2
    printed = capsys.readouterr()
    assert says in printed.err
    never_written(folder, printed.out + printed.err)


@pytest.mark.parametrize(
    ("mistake", "says"),
    [
        (["llm=openai"], "the environment variable OPENAI_API_KEY"),
        (["llm=openai", f"llm.api_key_variable={KEY}"], "the environment variable that"),
        (["llm=openai", f"llm.base_url=http://name:{KEY}@host/v1"], "llm.base_url"),
        (["llm=openai", f"+llm.parameters.extra_headers.Authorization={KEY}"], "llm.parameters"),
        (["llm=openai", f"llm.api_key={KEY}"], "unknown option 'llm.api_key'"),
        (["concurrency=0"], "concurrency=0"),
        (["sampling.user_items=0"], "sampling.user_items=0"),
        (["max_cost=1"], "max_cost needs prices"),
        (["llm=openai", "max_cost=1", "~llm.parameters.max_tokens"], "max_cost needs a limit on answers"),
        (["llm=openai", "llm.currency=1"], "llm.currency"),
        (["llm=openai", "llm.base_url=localhost"], "llm.base_url must be an address"),
        (["prompt.folder=nowhere"], "prompt.folder=nowhere"),
        (["dry_run=true", "check=true"], "choose one of"),
        (["check=true"], "lacks profiles.parquet"),
        (["read_batch=nowhere"], "read_batch=nowhere"),
    ],
)
def test_mistakes(
    mistake: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    folder = reviewed.write(tmp_path / "data")
    code = 2 if says.startswith("unknown option") else 1  # found while options are composed, or later
    assert command(write_profiles, f"folder={folder}", *mistake) == code
    printed = capsys.readouterr()
    assert says in printed.err
    assert "Traceback" not in printed.err
    never_written(folder, printed.out + printed.err)
