"""A local server that plays ``POST /v1/embeddings``."""

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

WIDTH = 8


def vector(text: str) -> list[float]:
    """What the server answers for a text."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")
    return np.random.default_rng(seed).standard_normal(WIDTH).astype(np.float32).tolist()


class EmbeddingsServer(ThreadingHTTPServer):
    """Counts the texts it encoded; fails as told.

    Args:
        failures: statuses of the first answers, before it does as it is asked.
        seconds: that an answer takes.
        change: called with the rows of each answer; returns what is sent instead.
    """

    def __init__(self, failures: tuple[int, ...] = (), seconds: float = 0.0, change: Any = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.failures = iter(failures)
        self.seconds = seconds
        self.change = change or (lambda rows: rows)
        self.encoded: list[str] = []
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    server: EmbeddingsServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(body)
        self.server.keys.append(self.headers.get("Authorization"))
        if status := next(self.server.failures, None):  # an iterator, since several threads ask at a time
            self._send(status, {"error": {"message": f"no, {self.headers.get('Authorization')}"}}, status == 429)
            return
        time.sleep(self.server.seconds)
        rows = [{"object": "embedding", "index": i, "embedding": vector(text)} for i, text in enumerate(body["input"])]
        self.server.encoded.extend(body["input"])
        rows = self.server.change(rows)
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        self._send(200, {"object": "list", "model": body["model"], "data": rows[::-1], "usage": usage})

    def _send(self, status: int, content: dict[str, Any], wait: bool = False) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if wait:
            self.send_header("Retry-After-Ms", "20")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments: Any) -> None:
        """Nothing is printed."""


@contextmanager
def serving(**options: Any) -> Iterator[EmbeddingsServer]:
    """A running server."""
    with EmbeddingsServer(**options) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
