import importlib.util
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

import openai
import pytest

from rlmrec.common.endpoints.answers import read_object
from rlmrec.common.endpoints.endpoint import failure, retry_after
from rlmrec.common.endpoints.no_answer import LONGEST_REASON, NoAnswerError
from rlmrec.common.errors import printable

httpx = importlib.import_module("httpx2" if importlib.util.find_spec("httpx2") else "httpx")  # as openai does


def response(status: int, **headers: str) -> Any:
    return httpx.Response(status, headers=headers, request=httpx.Request("POST", "http://127.0.0.1/v1/chat"))


def refusal(status: int, body: object = None, **headers: str) -> openai.APIStatusError:
    made = openai.RateLimitError if status == 429 else openai.APIStatusError
    return made("failed", response=response(status, **headers), body=body)


def test_what_is_tried_again() -> None:
    request = response(200).request
    for status in (408, 409, 429, 500, 502, 503, 504):
        assert failure(refusal(status)).transient, status
    for status in (400, 401, 403, 404, 413, 422):
        assert not failure(refusal(status)).transient, status
    assert [status for status in (400, 401, 403, 404, 422, 500) if failure(refusal(status)).fatal] == [401, 403, 404]
    broke = failure(refusal(429, {"code": "insufficient_quota", "message": "no money left"}))
    assert broke.fatal and not broke.transient and "no money left" in str(broke)
    assert failure(openai.APITimeoutError(request)).transient
    assert failure(openai.APIConnectionError(request=request)).transient


def test_what_may_have_been_paid_for() -> None:
    def after(cause: Exception) -> bool:
        error = openai.APIConnectionError(request=response(200).request)
        error.__cause__ = cause
        return failure(error).maybe_billed

    assert after(httpx.ReadTimeout("")) and after(httpx.RemoteProtocolError("")) and after(httpx.ReadError(""))
    assert not after(httpx.ConnectError("")) and not after(httpx.ConnectTimeout(""))
    assert failure(openai.APITimeoutError(response(200).request)).maybe_billed
    assert not failure(refusal(500)).maybe_billed and not failure(refusal(400)).maybe_billed


def test_retry_after_is_a_number_or_a_date() -> None:
    assert retry_after(refusal(429, **{"retry-after": "7"})) == 7
    assert retry_after(refusal(503, **{"retry-after": "0.5"})) == 0.5
    assert 50 < (retry_after(refusal(429, **{"retry-after": formatdate(time.time() + 60)})) or 0) <= 60
    assert retry_after(refusal(429, **{"retry-after": formatdate(time.time() - 60)})) == 0
    assert retry_after(refusal(429, **{"retry-after": "soon"})) is None
    assert retry_after(refusal(500)) is None
    assert failure(refusal(429, **{"retry-after": "7"})).wait == 7


def test_a_redirect_is_told_and_not_followed() -> None:
    known = failure(refusal(307, location="https://name:word@elsewhere.example/v1"))
    assert known.fatal and not known.maybe_billed
    assert "elsewhere.example, which is not followed" in str(known) and "word" not in str(known)


@pytest.mark.parametrize(
    ("content", "says", "transient", "maybe_billed"),
    [
        (b'{"error": {"message": "Provider returned error", "code": 429}}', "Provider returned error", True, False),
        (b'{"error": {"message": "wrong key", "code": 401}}', "wrong key", False, False),
        (b'{"error": {"message": "filtered", "code": 400}}', "filtered", False, False),
        (b'{"error": "overloaded"}', "overloaded", True, False),
        (b'{"error": {"detail": ["a", {"b": 1}]}}', "b", True, False),
        (b"<html><head><title>502 Bad Gateway</title></head></html>", "not JSON: 502 Bad Gateway", True, True),
        (b"", "not JSON", True, True),
        (b'{"choices": [', "not JSON", True, True),
        (b"[" * 10**5, "not JSON", True, True),
        (b"\xff\xfe", "not JSON", True, True),
        (b"[1]", "no JSON object", True, True),
        (b"null", "no JSON object: None", True, True),
    ],
)
def test_answers_with_status_200_that_are_none(content: bytes, says: str, transient: bool, maybe_billed: bool) -> None:
    with pytest.raises(NoAnswerError, match=says) as caught:
        read_object(content)
    assert (caught.value.transient, caught.value.maybe_billed) == (transient, maybe_billed)


def test_an_error_beside_an_answer_does_not_hide_it() -> None:
    body = {"error": {"message": "late"}, "choices": [{"message": {"content": "here"}}]}
    assert read_object(b'{"error": {"message": "late"}, "choices": [{"message": {"content": "here"}}]}') == body
    assert read_object(b'{"error": null}') == {"error": None}


def test_an_endpoints_own_words_are_one_short_line_without_control_characters(tmp_path: Path) -> None:
    said = "first\nsecond \x1b[31mred\x07 \u202eturned " + "x" * 10**6
    told = str(failure(refusal(400, {"message": said})))
    assert told.startswith("APIStatusError 400: first second \\x1b[31mred")
    assert len(told) <= LONGEST_REASON
    assert printable(told) == told and "\n" not in told
