import errno
import json
import logging
import socket
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embeddings_server import WIDTH, serving, vector
from rlmrec.common import event_loop
from rlmrec.common.errors import Interrupted, UserError
from rlmrec.text.encoder import Places
from rlmrec.text.openai_encoder import OpenAIEncoder
from rlmrec.text.vector_cache import VectorCache

KEY = "sk-very-secret-0123456789"
TEXTS = ["one", "two", "three"]


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def encoder(url: str, monkeypatch: pytest.MonkeyPatch, **options: Any) -> OpenAIEncoder:
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    return OpenAIEncoder("tiny", **options)


def test_vectors_come_in_the_order_of_the_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as server:  # it answers in reverse
        vectors = encoder(server.url, monkeypatch).encode(TEXTS)
    np.testing.assert_array_equal(vectors, np.array([vector(text) for text in TEXTS], dtype=np.float32))
    assert server.keys == [f"Bearer {KEY}"]
    assert server.requests[0]["model"] == "tiny"
    assert "dimensions" not in server.requests[0]


def test_options_reach_the_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as server:
        encoder(server.url, monkeypatch, dimensions=WIDTH, max_characters=2).encode(TEXTS)
    assert server.requests[0]["dimensions"] == WIDTH
    assert server.requests[0]["input"] == ["on", "tw", "th"]


def test_busy_and_broken_answers_are_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(failures=(429, 500, 429)) as server:
        vectors = encoder(server.url, monkeypatch).encode(TEXTS)
    assert vectors.shape == (3, WIDTH)
    assert len(server.requests) == 4
    assert server.encoded == TEXTS


@pytest.mark.parametrize(
    ("status", "error"), [(401, "AuthenticationError"), (400, "BadRequestError"), (404, "NotFound")]
)
def test_refusals_are_one_line_without_key_and_address(
    status: int, error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(failures=(status,)) as server, pytest.raises(UserError, match=error) as raised:
        encoder(server.url, monkeypatch).encode(TEXTS)
    message = str(raised.value)
    assert "run the command again" in message
    assert KEY not in message
    assert server.url not in message
    assert len(message.splitlines()) == 1
    assert len(server.requests) == 1, "what is refused is not asked for again"


def test_endless_failure_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(failures=(429, 429, 429)) as server, pytest.raises(UserError, match="RateLimitError"):
        encoder(server.url, monkeypatch, max_retries=2).encode(TEXTS)
    assert len(server.requests) == 3


def test_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:  # a port that nobody listens on, and that nobody else gets meanwhile
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        with pytest.raises(UserError, match="APIConnectionError"):
            encoder(url, monkeypatch, max_retries=0).encode(TEXTS)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda rows: rows[:-1], "2 vectors for 3 texts"),
        (lambda rows: [*rows, rows[0]], "4 vectors for 3 texts"),
        (lambda rows: [*rows[:-1], rows[0]], "not numbered from 0 to 2"),
        (lambda rows: [], "endpoint"),
        (lambda rows: [*rows[:-1], rows[-1] | {"embedding": [1.0]}], "different widths"),
    ],
)
def test_wrong_numbers_of_vectors_are_refused(change: Any, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(change=change) as server, pytest.raises(UserError, match=says):
        encoder(server.url, monkeypatch).encode(TEXTS)


def test_key_and_address_are_nowhere(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="rlmrec")
    with serving() as server:
        made = encoder(server.url, monkeypatch)
        assert made.encode(TEXTS).shape == (3, WIDTH)
        written = json.dumps(made.identity()) + json.dumps(made.cache_identity())
        # The client's own line on every request is silenced by the command's configuration.
        written += "".join(record.getMessage() for record in caplog.records if record.name.startswith("rlmrec"))
        assert KEY not in written
        assert str(server.server_port) not in written
        with pytest.raises(UserError, match="must hold no name, password or query") as error:
            encoder(server.url.replace("127", "name:word@127"), monkeypatch)
        assert "word@" not in str(error.value)
    assert encoder("http://127.0.0.1:1/v1", monkeypatch).identity() != made.identity()


def test_vectors_of_another_width_than_was_asked_for_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        serving() as server,
        pytest.raises(UserError, match=rf"vectors of {WIDTH} numbers, where encoder.dimensions=2"),
    ):
        made = encoder(server.url, monkeypatch)
        made.dimensions = 2
        made.encode(TEXTS)


def test_texts_that_are_cut_are_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with serving() as server:
        made = encoder(server.url, monkeypatch)
        made.max_characters = max(map(len, TEXTS)) - 1
        made.encode_profiles(TEXTS, 1, Places(tmp_path / "cache", tmp_path))
    longest = sum(len(text) > made.max_characters for text in TEXTS)
    assert f"{longest} of {len(set(TEXTS))} texts were cut: they are longer than the encoder reads" in caplog.text


def test_missing_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="environment variable OTHER_KEY is not set"):
        OpenAIEncoder("tiny", api_key_variable="OTHER_KEY").encode(TEXTS)
    with pytest.raises(UserError, match="is not set") as error:
        OpenAIEncoder("tiny", api_key_variable=KEY).encode(TEXTS)
    assert KEY not in str(error.value), "a key given in place of a name"
    with serving() as server:
        monkeypatch.delenv("OPENAI_API_KEY")
        assert encoder(server.url, monkeypatch, api_key_variable=None).encode(TEXTS).shape == (3, WIDTH)


def test_vectors_that_are_there_need_no_key(monkeypatch: pytest.MonkeyPatch, places: Places) -> None:
    with serving() as server:
        made = encoder(server.url, monkeypatch).encode_profiles(TEXTS, 1, places)
        monkeypatch.delenv("OPENAI_API_KEY")
        found = encoder(server.url, monkeypatch).encode_profiles(TEXTS, 1, places)
    np.testing.assert_array_equal(found, made)


def test_missing_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(UserError, match=r"pip install 'rlmrec-lightning\[llm\]'"):
        OpenAIEncoder("tiny")


def test_requests_go_side_by_side_and_vectors_keep_their_texts(monkeypatch: pytest.MonkeyPatch, places: Places) -> None:
    texts = [f"text {number}" for number in range(40)]
    ready = threading.Barrier(4)  # an answer comes only once four requests are there

    def meet(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        ready.wait(timeout=20)
        return rows

    with serving(change=meet) as server:
        made = encoder(server.url, monkeypatch, batch_size=5, concurrency=4).encode_profiles(texts, 1, places)
    np.testing.assert_array_equal(made, np.array([vector(text) for text in texts], dtype=np.float32))
    assert len(server.requests) == 8


def test_what_other_requests_bring_after_a_failure_is_kept(monkeypatch: pytest.MonkeyPatch, places: Places) -> None:
    texts = [f"text {number}" for number in range(40)]
    noticed, real = threading.Event(), event_loop.Stop.now

    def notice(stop: event_loop.Stop, reason: UserError | Interrupted) -> None:
        real(stop, reason)
        noticed.set()

    def wait(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        assert noticed.wait(timeout=20)
        return rows

    monkeypatch.setattr(event_loop.Stop, "now", notice)
    with serving(failures=(400,), change=wait) as server:
        made = encoder(server.url, monkeypatch, batch_size=5, concurrency=4)
        with pytest.raises(UserError, match="finished vectors are kept"):
            made.encode_profiles(texts, 1, places)
        assert len(server.requests) == 4, "nothing is asked for after a refusal"
        assert len(server.encoded) == 15
        made.encode_profiles(texts, 1, places)
    assert sorted(server.encoded) == sorted(texts), "nothing was paid for twice"


def test_a_full_disk_is_told_as_such(monkeypatch: pytest.MonkeyPatch, places: Places) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(VectorCache, "add", full)
    with serving() as server, pytest.raises(OSError, match="No space left"):
        encoder(server.url, monkeypatch, batch_size=1).encode_profiles(TEXTS, 1, places)


def test_further_texts_may_repeat(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as server:
        vectors = encoder(server.url, monkeypatch, batch_size=1).for_further_texts([])(["b", "a", "b"])
    np.testing.assert_array_equal(vectors, np.array([vector(text) for text in "bab"], dtype=np.float32))
    assert sorted(server.encoded) == ["a", "b"]
