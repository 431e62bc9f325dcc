"""Endpoints that answer anything but a vector for each text."""

import json
from typing import Any

import numpy as np
import pytest

from raw_server import http, raw_server
from rlmrec.common.errors import UserError, printable
from rlmrec.text.encoder import Places
from rlmrec.text.openai_encoder import OpenAIEncoder

KEY = "sk-0123456789abcdef"
TEXTS = [f"text {'a' * number}" for number in range(11)]


def said(content: Any) -> bytes:
    return http(json.dumps(content).encode())


def vectors(rows: Any, **more: Any) -> bytes:
    return said({"object": "list", "data": rows, **more})


ROWS = [{"index": number, "embedding": [float(number), 1.0]} for number in range(11)]


def with_row(**more: Any) -> bytes:
    return vectors([*ROWS[:-1], ROWS[-1] | more])


NO_VECTORS: dict[str, tuple[bytes, str]] = {
    "too few": (vectors(ROWS[:-1]), "10 vectors for 11 texts"),
    "too many": (vectors([*ROWS, ROWS[0]]), "12 vectors for 11 texts"),
    "none": (vectors([]), "0 vectors for 11 texts"),
    "null": (vectors(None), "without a list of vectors"),
    "an object": (vectors({"0": 1}), "without a list of vectors"),
    "rows null": (vectors([None] * 11), "without a list of vectors"),
    "row a list": (vectors([[1.0]] * 11), "without a list of vectors"),
    "no embedding": (vectors([{"index": number} for number in range(11)]), "no list of numbers"),
    "embedding null": (with_row(embedding=None), "no list of numbers"),
    "embedding packed": (with_row(embedding="AACAPwAAAEA="), "no list of numbers"),
    "number null": (with_row(embedding=[None, 1.0]), "no list of numbers"),
    "number a text": (with_row(embedding=["1", 1.0]), "no list of numbers"),
    "number a truth": (with_row(embedding=[True, 1.0]), "no list of numbers"),
    "nested": (with_row(embedding=[[1.0], [2.0]]), "no list of numbers"),
    "width": (with_row(embedding=[1.0]), "different widths"),
    "no numbers": (vectors([row | {"embedding": []} for row in ROWS]), "vectors of no numbers"),
    "NaN": (with_row(embedding=[float("nan"), 1.0]), "NaN or infinite"),
    "infinite": (with_row(embedding=[float("inf"), 1.0]), "NaN or infinite"),
    "beyond float32": (with_row(embedding=[1e300, 1.0]), "NaN or infinite"),
    "beyond float64": (with_row(embedding=[10**400, 1.0]), "NaN or infinite"),
    "index twice": (with_row(index=0), "not numbered from 0 to 10"),
    "all index 0": (vectors([row | {"index": 0} for row in ROWS]), "not numbered"),
    "index beyond": (with_row(index=11), "not numbered"),
    "index a text": (with_row(index="10"), "not numbered"),
    "one index missing": (with_row(index=None), "not numbered"),
}
NO_VECTORS |= {
    "error with status 200": (said({"error": {"message": "no such model", "code": 400}}), "no such model"),
    "page": (http(b"<html><title>Sign in</title></html>"), "not JSON: Sign in"),
    "empty": (http(b""), "not JSON"),
    "deep": (http(b"[" * 10**6), "not JSON"),
    "large": (http(b'{"a": "' + b"x" * 2**20 * 6), "more than"),
    "cut": (http(b'{"data": [{"ind', "Content-Length: 1000"), "APIConnectionError"),
    "coloured": (http(b'{"error": {"message": "\\u001b[31mred\\u0007"}}', status="400 Bad"), "\\x1b[31mred\\x07"),
    "redirect": (http(b"", "Location: http://elsewhere.example/", status="307 Moved"), "elsewhere.example"),
    "key": (http(b'{"error": "wrong key sk-0123456789abcdef"}', status="401 Unauthorized"), "wrong key [key]"),
}


def encoder(url: str, monkeypatch: pytest.MonkeyPatch, **options: Any) -> OpenAIEncoder:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    return OpenAIEncoder("m", max_retries=0, **options)


@pytest.mark.parametrize("name", NO_VECTORS)
def test_answers_that_are_no_vectors(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answer, says = NO_VECTORS[name]
    with raw_server(answer) as server, pytest.raises(UserError) as caught:
        encoder(server.url, monkeypatch, batch_size=len(TEXTS)).encode(TEXTS)
    assert len(server.requests) == 1
    told = str(caught.value)
    assert says in told and "finished vectors are kept" in told
    assert KEY not in told and printable(told) == told and "\n" not in told


@pytest.mark.parametrize("numbered", [True, False])
def test_vectors_are_put_in_order(numbered: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers that do not number vectors keep the order of the texts."""
    rows = [{"index": number, "embedding": [len(text), 1.0]} for number, text in enumerate(TEXTS)]
    answer = rows[::-1] if numbered else [{"embedding": row["embedding"]} for row in rows]
    with raw_server(vectors(answer)) as server:
        made = encoder(server.url, monkeypatch).encode(TEXTS)
    np.testing.assert_array_equal(made[:, 0], list(map(len, TEXTS)))
    assert made.dtype == np.float32


def test_a_server_that_drips_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    with raw_server(http(b" " * 10**4), pause=0.02) as server, pytest.raises(UserError, match="APITimeoutError"):
        encoder(server.url, monkeypatch, timeout=0.2).encode(TEXTS)


def test_a_width_that_changes_ends_the_run_before_more_is_paid_for(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    widths = iter(range(2, 99))

    def answer(request: bytes) -> bytes:
        texts, width = json.loads(request.partition(b"\r\n\r\n")[2])["input"], next(widths)
        return vectors([{"index": number, "embedding": [1.0] * width} for number in range(len(texts))])

    with raw_server(answer) as server, pytest.raises(UserError, match="the model changed under its name"):
        encoder(server.url, monkeypatch, batch_size=3, concurrency=1).encode_profiles(TEXTS, 1, places)
    assert len(server.requests) == 2
