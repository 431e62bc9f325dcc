"""Endpoints that answer anything but what they should: nothing paid for is lost, no limit is passed, no run hangs."""

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import reviewed
from profile_writing import records
from raw_server import http, raw_server
from rlmrec.common.errors import UserError, printable
from rlmrec.data.folder import FolderDataset
from rlmrec.data.manifest import Manifest
from rlmrec.profiles import ProfileJob
from rlmrec.profiles.backends.openai_endpoint import OpenAIEndpoint
from rlmrec.profiles.batch import read_batch, write_batch
from rlmrec.profiles.evidence import Sampling
from rlmrec.profiles.prompts import Prompts

KEY = "sk-0123456789abcdef"
GOOD = json.dumps({"summarization": "Likes novels.", "reasoning": "because"})
USAGE = {"prompt_tokens": 100, "completion_tokens": 500, "total_tokens": 600}
BILLED = (100 * 0.15 + 500 * 0.6) / 1e6
"""What every request costs whose answer has status 200, whatever it says."""
MAX_COST = 0.0025


def body(content: Any = GOOD, usage: Any = USAGE, reason: str = "stop", **message: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": content, **message}, "finish_reason": reason}
    return {"id": "x", "object": "chat.completion", "choices": [choice], "usage": usage}


def said(content: Any) -> bytes:
    return http(json.dumps(content).encode())


NONE_OF_USE: dict[str, tuple[bytes, str]] = {
    "null message": (
        said({"choices": [{"message": None, "finish_reason": "content_filter"}], "usage": USAGE}),
        "no text: content_filter",
    ),
    "no message": (said({"choices": [{"finish_reason": "content_filter"}], "usage": USAGE}), "no text: content_filter"),
    "message a text": (said({"choices": [{"message": "hello"}], "usage": USAGE}), "no text: nobody said why"),
    "null content": (said(body(None, reason="length")), "no text: length"),
    "empty content": (said(body("", reason="length")), "no text: length"),
    "content a number": (said(body(17)), "no text: stop"),
    "parts without text": (said(body([{"type": "image_url", "text": "a"}, {"text": None}, 3])), "no text: stop"),
    "refusal": (said(body(None, refusal="I cannot do that")), "no text: I cannot do that"),
    "no choices": (said({"usage": USAGE}), "no chat completion"),
    "empty choices": (said({"choices": [], "usage": USAGE}), "no chat completion"),
    "null choices": (said({"choices": None, "usage": USAGE}), "no chat completion"),
    "choices a text": (said({"choices": "abc", "usage": USAGE}), "no chat completion"),
    "choices an object": (said({"choices": {"0": 1}, "usage": USAGE}), "no chat completion"),
    "null choice": (said({"choices": [None], "usage": USAGE}), "no chat completion"),
    "nothing at all": (said({}), "no chat completion"),
    "malformed": (said(body("Certainly!")), "malformed twice"),
    "error as text": (said({"error": "overloaded"}), "overloaded"),
    "error with status 200": (
        said({"error": {"message": "Provider returned error", "code": 429}}),
        "Provider returned",
    ),
    "error beside null": (said({"error": {"message": "out of\nmemory"}, "choices": None}), "out of memory"),
    "page": (http(b"<html><title>Sign in</title></html>"), "not JSON: Sign in"),
    "page of an error": (http(b"<html><h1>Bad Gateway</h1></html>", status="502 Bad Gateway"), "502: Bad Gateway"),
    "empty": (http(b""), "not JSON"),
    "no content": (http(b"", status="204 No Content"), "not JSON"),
    "truncated": (http(b'{"choices": [{"mess'), "not JSON"),
    "cut": (http(b'{"choices": [{"mess', "Content-Length: 1000"), "APIConnectionError"),
    "a list": (said([1, 2]), "no JSON object"),
    "deep": (http(b"[" * 10**6), "not JSON"),
    "not UTF-8": (http(b'{"choices": "\xff\xfe"}'), "not JSON"),
    "large": (http(b'{"a": "' + b"x" * 2**23 + b'"}'), "more than"),
    "bomb": (http(gzip.compress(b"0" * 10**8), "Content-Encoding: gzip"), "more than"),
    "packed": (http(b"abc", "Content-Encoding: zstd"), "packed as zstd"),
    "closed": (b"", "APIConnectionError"),
    "garbage": (b"\x00\x01\x02\r\n\r\n", "APIConnectionError"),
    "busy": (http(b'{"error": {"message": "slow down"}}', status="429 Too Many Requests"), "slow down"),
    "broken": (http(b'{"error": {"message": "internal"}}', status="500 Internal Server Error"), "internal"),
    "refused": (http(b'{"error": {"message": "too long"}}', status="400 Bad Request"), "too long"),
    "detail": (http(b'{"detail": [{"msg": "field required"}]}', status="422 Unprocessable"), "field required"),
    "coloured": (http(b'{"error": {"message": "\\u001b[31mred\\u0007"}}', status="400 Bad"), "\\x1b[31mred\\x07"),
    "long": (http(b'{"error": {"message": "' + b"no " * 10**5 + b'"}}', status="400 Bad"), "no no no"),
    "wait": (http(b'{"error": "daily quota"}', "Retry-After: 1e9", status="429 Busy"), "daily quota"),
    "wait for ever": (http(b'{"error": "daily quota"}', "Retry-After: inf", status="429 Busy"), "daily quota"),
    "key": (http(b'{"error": "wrong key sk-0123456789abcdef"}', status="401 Unauthorized"), "wrong key [key]"),
    "money": (http(b'{"error": {"message": "pay first"}}', status="402 Payment Required"), "pay first"),
    "redirect": (http(b"", "Location: http://elsewhere.example/", status="307 Moved"), "elsewhere.example"),
    "redirect nowhere": (http(b"", "Location: http://[", status="308 Moved"), "not followed"),
}
"""Answers, and what the user is told of each."""

OF_USE = {
    "parts": said(body([{"type": "text", "text": GOOD[:9]}, {"type": "text", "text": GOOD[9:]}])),
    "thoughts": said(body([{"type": "thinking", "thinking": "{hm}"}, {"type": "text", "text": GOOD}])),
    "fence": said(body(f"Here:\n```json\n{GOOD}\n```\n")),
    "one part": said(body({"type": "text", "text": GOOD})),
    "error null": said(body() | {"error": None}),
    "usage of texts": said(body(usage={"prompt_tokens": "100", "completion_tokens": 500.0})),
    "usage missing": said({key: value for key, value in body().items() if key != "usage"}),
    "usage null": said(body(usage=None)),
    "usage a list": said(body(usage=[1])),
    "usage empty": said(body(usage={})),
    "usage total": said(body(usage={"total_tokens": 600})),
    "usage zero": said(body(usage={"prompt_tokens": 0, "completion_tokens": 0})),
    "usage negative": said(body(usage={"prompt_tokens": -100, "completion_tokens": -5})),
    "usage NaN": said(body(usage={"prompt_tokens": float("nan"), "completion_tokens": float("inf")})),
    "packed": http(gzip.compress(json.dumps(body()).encode()), "Content-Encoding: gzip"),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return reviewed.write(tmp_path / "data", num_users=6, num_items=5)


def job(folder: Path, url: str, max_cost: float | None = None, attempts: int = 3, **options: Any) -> ProfileJob:
    prices = {"prompt_price": 0.15, "completion_price": 0.6, "attempts": attempts}
    delays = {"first_delay": 0.001, "longest_delay": 0.001}
    llm = OpenAIEndpoint("m", url, "OPENAI_API_KEY", {"max_tokens": 500}, **prices, **delays, **options)
    return ProfileJob(str(folder), llm, Prompts("generic"), concurrency=4, max_cost=max_cost)


def told(folder: Path, url: str, **options: Any) -> str:
    """Return what a run says of what it could not do; empty if it could do everything."""
    try:
        summary = job(folder, url, **options).write()
    except UserError as error:
        return checked(str(error))
    return checked("; ".join([*summary.items.failed.values(), *summary.users.failed.values()]))


def checked(text: str) -> str:
    assert KEY not in text and printable(text) == text and "\n" not in text
    return text


@pytest.mark.parametrize("name", NONE_OF_USE)
def test_answers_of_no_use(name: str, folder: Path) -> None:
    answer, says = NONE_OF_USE[name]
    with raw_server(answer) as server:
        assert says in told(folder, server.url)


@pytest.mark.parametrize("name", [name for name, (answer, _) in NONE_OF_USE.items() if b" 200 " in answer[:20]])
def test_answers_of_no_use_stay_within_the_limit(name: str, folder: Path) -> None:
    with raw_server(NONE_OF_USE[name][0]) as server:
        for _ in range(3):  # also over several runs
            assert told(folder, server.url, max_cost=MAX_COST)
    assert server.requests
    if "error" not in name:  # errors cost nothing
        assert len(server.requests) * BILLED <= MAX_COST


@pytest.mark.parametrize("name", OF_USE)
def test_answers_that_are_read_all_the_same(name: str, folder: Path) -> None:
    with raw_server(OF_USE[name]) as server:
        told(folder, server.url, max_cost=MAX_COST)
        assert 0 < len(server.requests) * BILLED <= MAX_COST
        assert len([record for record in records(folder) if "text" in record]) == len(server.requests)
        assert told(folder, server.url) == ""
    dataset = FolderDataset(str(folder)).load()
    assert {*dataset.items["profile"], *dataset.users["profile"]} == {"Likes novels."}


def test_an_endpoint_that_counts_more_than_was_asked_for_passes_the_limit_once_at_most(folder: Path) -> None:
    with raw_server(said(body(usage={"prompt_tokens": 10**4, "completion_tokens": 10**4}))) as server:  # 0.0075
        assert "max_cost" in told(folder, server.url, max_cost=0.016)
    assert len(server.requests) == 2


@pytest.mark.parametrize("answer", [http(b" " * 10**4), b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 10**4])
def test_a_server_that_drips_ends(answer: bytes, folder: Path) -> None:
    with raw_server(answer, pause=0.02) as server:
        assert "APITimeoutError" in told(folder, server.url, timeout=0.2, attempts=1)
    assert server.sent < 10**3


def result(key: str, **more: Any) -> bytes:
    response = {"status_code": 200, "body": body()}
    return json.dumps({"custom_id": key, "response": response, "error": None} | more).encode()


def bad_lines(keys: list[str]) -> list[tuple[bytes, str]]:
    """Lines that hold no answer, the first ones for given keys, and what is told of each."""
    a, b, c, d, e = keys

    def with_body(key: str, content: Any, status: Any = 200) -> bytes:
        return result(key, response={"status_code": status, "body": content})

    null = {"choices": [{"message": None, "finish_reason": "content_filter"}], "usage": USAGE}
    return [
        (with_body(a, null), "no text: content_filter"),
        (result(b, response=None, error={"code": "batch_expired", "message": "too late"}), "failed: too late"),
        (result(c, response=None), "failed: nobody said why"),
        (with_body(d, {"error": {"message": "no such model"}}, 404), "failed: status 404: no such model"),
        (with_body(e, {"error": {"message": "\x1b[31mred"}}, 500), "failed: status 500: \\x1b[31mred"),
        (with_body(a, {"choices": []}), "no chat completion"),
        (with_body(b, None), "no chat completion"),
        (with_body(c, "text"), "no chat completion"),
        (with_body(d, body(None)), "no text: stop"),
        (result(e, response=[]), "failed: nobody said why"),
        (result(e, response="x"), "failed: nobody said why"),
        (result("unknown"), "of no outstanding request"),
        (b'{"custom_id": 3}', "without custom_id"),
        (b"{}", "without custom_id"),
        (b"[1]", "without custom_id"),
        (b"null", "without custom_id"),
        (b"<html>", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 10**5, "not JSON"),
        (b'{"a": "' + b"x" * 2**23 + b'"}', "longer than"),
        (result(a)[:40], "not JSON"),
    ]


def test_bad_lines_of_a_batch_leave_the_others(folder: Path) -> None:
    asked = job(folder, "http://127.0.0.1:9/v1")
    requests, results = folder.parent / "requests.jsonl", folder.parent / "results.jsonl"
    write_batch(asked, requests, 50)
    keys = [json.loads(text)["custom_id"] for text in requests.read_text().splitlines()]
    bad = bad_lines(keys)
    results.write_bytes(b"\n\n".join(content for content, _ in bad))
    says = read_batch(asked, results)
    assert "0 answers for items taken, 21 lines left" in says and "and 2 other reasons" in says
    assert costs(folder) == pytest.approx(2 * BILLED), "two were paid for in vain"
    lost = [record for record in records(folder) if record.get("uncertain")]
    assert len(lost) == 3 == len({record["line"] for record in lost}), "three may have been paid for"
    for content, says in bad:  # each alone, after answers
        results.write_bytes(content)
        if b"custom_id" not in content or says in ("without custom_id", "not JSON"):
            with pytest.raises(UserError, match=f"holds no result of a batch: its lines are {says}"):
                read_batch(asked, results)
        elif says == "of no outstanding request":
            with pytest.raises(UserError, match=r"its 1 line answer no outstanding request: set llm, prompt"):
                read_batch(asked, results)
        else:
            assert f"1 x {'the endpoint sent ' if 'completion' in says else ''}{says}" in read_batch(asked, results)
    good = [result(key) for key in keys]
    mixed = [part for pair in zip(bad, [*good, *[b""] * len(bad)], strict=False) for part in (pair[0][0], pair[1])]
    results.write_bytes(b"\n".join([*mixed, good[0], good[1][:-20]]))
    says = read_batch(asked, results)
    assert "5 answers for items taken" in says and "known already" in says
    assert costs(folder) == pytest.approx(7 * BILLED), "each was paid for once"
    assert "for users" in write_batch(asked, folder.parent / "users.jsonl", 50)


def test_an_answer_that_was_paid_for_twice_costs_twice(folder: Path) -> None:
    asked = job(folder, "http://127.0.0.1:9/v1")
    requests, results = folder.parent / "requests.jsonl", folder.parent / "results.jsonl"
    write_batch(asked, requests, 50)
    keys = [json.loads(text)["custom_id"] for text in requests.read_text().splitlines()]
    for number in (1, 2, 2, 1):  # two batches of the same requests, each of which is read twice
        results.write_bytes(b"\n".join(result(key, id=f"batch {number}") for key in keys))
        says = read_batch(asked, results)
        assert f"{len(keys)} answers for items taken" in says or f"{len(keys)} x known already" in says
    assert costs(folder) == pytest.approx(2 * len(keys) * BILLED)


def test_a_batch_that_an_earlier_version_read_costs_nothing_again(folder: Path) -> None:
    asked = job(folder, "http://127.0.0.1:9/v1")
    requests, results = folder.parent / "requests.jsonl", folder.parent / "results.jsonl"
    write_batch(asked, requests, 50)
    keys = [json.loads(text)["custom_id"] for text in requests.read_text().splitlines()]
    results.write_bytes(b"\n".join(map(result, keys)))
    read_batch(asked, results)
    stored = folder / "profiles" / "answers.jsonl"
    nameless = [{name: value for name, value in record.items() if name != "line"} for record in records(folder)]
    stored.write_text("".join(json.dumps(record) + "\n" for record in nameless))
    assert "known already" in read_batch(asked, results)
    assert costs(folder) == pytest.approx(len(keys) * BILLED)


@pytest.mark.parametrize("more", [{}, {"status_code": None}])
def test_a_batch_without_a_status_is_read(more: dict[str, None], folder: Path) -> None:
    asked = job(folder, "http://127.0.0.1:9/v1")
    requests, results = folder.parent / "requests.jsonl", folder.parent / "results.jsonl"
    write_batch(asked, requests, 50)
    key = json.loads(requests.read_text().splitlines()[0])["custom_id"]
    results.write_bytes(result(key, response={"body": body(), **more}))
    assert "1 answer for items taken" in read_batch(asked, results)


def costs(folder: Path) -> float:
    return sum(float(record.get("cost", 0)) for record in records(folder))


def test_a_batch_holds_no_more_than_can_be_paid_for(folder: Path) -> None:
    requests = folder.parent / "requests.jsonl"
    with pytest.raises(UserError, match=r"0\.000100 USD are left, and a request may cost 0\.000"):
        write_batch(job(folder, "http://127.0.0.1:9/v1", 0.0001), requests, 50)
    assert not requests.exists()
    write_batch(job(folder, "http://127.0.0.1:9/v1", 0.0015), requests, 50)
    assert 2 <= len(requests.read_text().splitlines()) < 5


def test_tokens_that_are_billed_beside_the_answer_count(folder: Path) -> None:
    """Some leave thoughts out of what came back, and the total tells."""
    with raw_server(said(body(usage=USAGE | {"completion_tokens": 50}))) as server:
        assert told(folder, server.url) == ""
    assert costs(folder) == pytest.approx(len(server.requests) * BILLED)


def test_a_run_in_which_nothing_succeeds_leaves_the_folder_as_it_was(folder: Path) -> None:
    with raw_server(said(body())) as server:
        told(folder, server.url)
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    profiles = FolderDataset(str(folder)).load().items["profile"]
    shutil.rmtree(folder / "profiles")
    broken = job(folder, "http://127.0.0.1:9/v1", attempts=1)
    broken.concurrency = 100
    with pytest.raises(UserError, match=r"all 11 requests failed, such as: APIConnectionError.*stays as it was"):
        broken.write()
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
    assert FolderDataset(str(folder)).load().items["profile"].equals(profiles)


def test_one_refused_request_after_the_other_ends_no_run_by_chance(folder: Path) -> None:
    with raw_server(NONE_OF_USE["refused"][0]) as server:
        one_by_one = job(folder, server.url)
        one_by_one.concurrency = 1
        summary = one_by_one.write()
    assert (len(summary.items.failed), len(summary.users.failed)) == (5, 6)
    with raw_server(NONE_OF_USE["broken"][0]) as server:
        one_by_one = job(folder, server.url, attempts=1)
        one_by_one.concurrency = 1
        with pytest.raises(UserError, match="the first 1 requests all failed"):
            one_by_one.write()
    assert len(server.requests) == 1, "it is down"


def test_a_refusal_is_paid_for_once_for_all_of_whom_the_same_is_known(tmp_path: Path, folder: Path) -> None:
    alike = reviewed.write(tmp_path / "alike", num_users=6, num_items=5, alike=True)
    with raw_server(said(body(None))) as server:
        asked = job(alike, server.url)
        asked.sampling = Sampling(item_reviews=0)
        summary = asked.write()
    assert {*summary.items.failed.values()} == {"no text: stop"} and len(summary.items.failed) == 5
    assert len({request.partition(b"\r\n\r\n")[2] for request in server.requests}) == len(server.requests)


def test_a_leak_is_found_before_anything_is_sent(folder: Path) -> None:
    log = pl.read_parquet(folder / "interactions.parquet")
    held_out = log.filter(pl.col("split") == "test")["interaction"][0]
    moved = pl.when(pl.col("interaction") == held_out).then(pl.lit("train")).otherwise("split").alias("split")
    log.with_columns(moved).write_parquet(folder / "interactions.parquet")
    manifest = Manifest.read(folder)
    del manifest.files["interactions.parquet"]
    manifest.write(folder)
    with raw_server(said(body())) as server:
        assert f"was written from interaction {held_out}, whose pair" in told(folder, server.url)
        assert not server.requests


@pytest.mark.parametrize("parameters", [{"max_tokens": -1}, {"max_tokens": 0}, {}])
def test_a_limit_on_the_cost_needs_a_real_limit_on_answers(parameters: dict[str, Any], folder: Path) -> None:
    llm = OpenAIEndpoint("m", "http://127.0.0.1:9/v1", None, parameters, 1.0, 1.0)
    with pytest.raises(UserError, match="max_cost needs a limit on answers"):
        ProfileJob(str(folder), llm, Prompts("generic"), max_cost=1)


def test_secrets_are_no_parameters_at_any_depth() -> None:
    for hidden in ({"metadata": {"api_key": "x"}}, {"tools": [{"auth": {"access_token": "x"}}]}):
        with pytest.raises(UserError, match=r"llm\.parameters must not hold (api_key|access_token)"):
            OpenAIEndpoint("m", "http://127.0.0.1:9/v1", None, hidden)


def test_a_failure_that_passes_is_that_of_one_alone(tmp_path: Path, folder: Path) -> None:
    alike = reviewed.write(tmp_path / "alike", num_users=6, num_items=5, alike=True)
    answers = iter([NONE_OF_USE["broken"][0]])
    with raw_server(lambda _: next(answers, said(body()))) as server:
        asked = job(alike, server.url, attempts=1)
        asked.sampling = Sampling(item_reviews=0)
        summary = asked.write()
    assert len(summary.items.failed) == 1 and len(summary.items.written) == 4
