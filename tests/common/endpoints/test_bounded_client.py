import asyncio
import gzip
import json
from typing import Any

import pytest

from raw_server import http, raw_server
from rlmrec.common.endpoints.bounded_client import LONGEST_ERROR
from rlmrec.common.endpoints.endpoint import Endpoint
from rlmrec.common.endpoints.no_answer import NoAnswerError

KEY = "sk-0123456789abcdef"
LONGEST = 10**5


def ask(url: str, seconds: float = 30.0) -> dict[str, Any]:
    async def once() -> dict[str, Any]:
        async with Endpoint(url, KEY, seconds, LONGEST) as endpoint:
            return await endpoint.ask(endpoint.client.embeddings, model="m", input=["a"])

    return asyncio.run(once())


def refusal(answer: bytes, pause: float = 0.0, seconds: float = 30.0) -> NoAnswerError:
    with raw_server(answer, pause) as server, pytest.raises(NoAnswerError) as caught:
        ask(server.url, seconds)
    assert KEY not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("pace", [http(b" " * 10**4), b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 10**4])
def test_a_server_that_drips_bytes_is_left_after_the_total_time(pace: bytes) -> None:
    """Every read succeeds at once: only a limit on the whole answer ends it."""
    with raw_server(pace, pause=0.01) as server, pytest.raises(NoAnswerError, match="APITimeoutError") as caught:
        ask(server.url, seconds=0.5)
    assert caught.value.transient and caught.value.maybe_billed
    assert server.sent < 10**4 / 2


def test_long_answers_are_not_read_to_their_end() -> None:
    assert "more than 100,000 bytes" in str(refusal(http(b'{"data": "' + b"x" * 10**6)))
    bomb = gzip.compress(b"0" * 10**8)
    assert len(bomb) < LONGEST
    assert "more than 100,000 bytes" in str(refusal(http(bomb, "Content-Encoding: gzip")))
    page = http(b"no such model " + b"x" * 10**6, status="400 Bad Request")
    assert len(page) > LONGEST_ERROR
    assert "BadRequestError 400: no such model" in str(refusal(page))


def test_packed_answers_are_read_although_nobody_asked_for_them() -> None:
    content = json.dumps({"data": []}).encode()
    with raw_server(http(gzip.compress(content), "Content-Encoding: gzip")) as server:
        assert ask(server.url) == {"data": []}
    assert b"accept-encoding: identity" in server.requests[0].lower()
    assert "packed as br" in str(refusal(http(content, "Content-Encoding: br")))
    assert "could not be unpacked" in str(refusal(http(content, "Content-Encoding: gzip")))


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"])
def test_a_redirect_is_not_followed_and_no_other_host_sees_the_key(status: str) -> None:
    with raw_server(http(b"{}")) as other:
        told = refusal(http(b"", f"Location: {other.url}/{KEY}", status=status))
        assert told.fatal and "which is not followed" in str(told)
        assert other.requests == []


def test_the_key_is_taken_out_of_what_an_endpoint_says() -> None:
    echo = json.dumps({"error": {"message": f"no such key: {KEY} " + "x" * 10**4}}).encode()
    assert "no such key: [key]" in str(refusal(http(echo, status="400 Bad Request")))
    escaped = b'{"error": {"code": 401, "message": "no such key: \\u0073k-0123456789abcdef"}}'
    assert "no such key: [key]" in str(refusal(http(escaped)))


@pytest.mark.parametrize("answer", [b"", b"garbage\r\n\r\n", http(b'{"da', "Content-Length: 1000"), b"HTTP/1.1 200"])
def test_connections_that_break_may_have_cost_money(answer: bytes) -> None:
    told = refusal(answer)
    assert told.transient and told.maybe_billed and "APIConnectionError" in str(told)
