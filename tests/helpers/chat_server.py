"""A server on this machine that plays an OpenAI-compatible endpoint, with all its bad days."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Plan = Callable[[str, int], str]
"""What happens to a prompt that is seen for the n-th time, from 0: the name of a method of ``Handler``."""


class ChatServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, plan: Plan) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.plan = plan
        self.lock = threading.Lock()
        self.seen: Counter[str] = Counter()
        self.paid: Counter[str] = Counter()
        self.bodies: list[dict[str, Any]] = []
        self.keys: set[str] = set()
        self.released = threading.Event()
        self.under_way = 0
        self.most_under_way = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is no news."""


class Handler(BaseHTTPRequestHandler):
    server: ChatServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        prompt = json.dumps(body["messages"])
        with self.server.lock:
            self.server.bodies.append(body)
            self.server.keys.add(self.headers.get("Authorization", ""))
            number = self.server.seen[prompt]
            self.server.seen[prompt] += 1
            self.server.under_way += 1
            self.server.most_under_way = max(self.server.most_under_way, self.server.under_way)
        try:
            getattr(self, self.server.plan(prompt, number))(prompt)
        finally:
            with self.server.lock:
                self.server.under_way -= 1

    def answer(self, prompt: str) -> None:
        content = {"summarization": f"profile {abs(hash(prompt)) % 10**6}", "reasoning": "because of the title"}
        self._complete(prompt, json.dumps(content))

    def ranking(self, prompt: str) -> None:
        """Candidates in reverse order."""
        count = prompt.count("</candidate>")
        self._complete(prompt, json.dumps({"ranking": [*range(count, 0, -1)]}))

    def delay(self, prompt: str) -> None:
        time.sleep(0.02)
        self.answer(prompt)

    def hang(self, prompt: str) -> None:
        """Longer than a client with a short timeout waits."""
        self.server.released.wait(30)
        self.close_connection = True

    def truncated(self, prompt: str) -> None:
        self._complete(prompt, '{"summarization": "a profile that was cut')

    def prose(self, prompt: str) -> None:
        self._complete(prompt, "Certainly! This person likes a good many things.")

    def surrogate(self, prompt: str) -> None:
        self._complete(prompt, '{"summarization": "half a pair \ud83d", "reasoning": "cut in the middle"}')

    def filtered(self, prompt: str) -> None:
        """An answer that was paid for, and has no text."""
        usage = {"prompt_tokens": 100, "completion_tokens": 0, "total_tokens": 100}
        self._send(200, {"choices": [{"message": None, "finish_reason": "content_filter"}], "usage": usage})

    def uncounted(self, prompt: str) -> None:
        self._complete(prompt, '```json\n{"summarization": "fenced", "reasoning": "no usage"}\n```', usage=False)

    def limited(self, prompt: str) -> None:
        self._send(429, {"error": {"message": "slow down"}}, {"Retry-After": "0.01"})

    def wait_long(self, prompt: str) -> None:
        self._send(429, {"error": {"message": "come back later"}}, {"Retry-After": "590"})

    def broke(self, prompt: str) -> None:
        self._send(429, {"error": {"message": "no money left", "code": "insufficient_quota"}})

    def error(self, prompt: str) -> None:
        self._send(500, {"error": {"message": "internal"}})

    def refused(self, prompt: str) -> None:
        self._send(400, {"error": {"message": "the content was filtered"}})

    def unauthorized(self, prompt: str) -> None:
        self._send(401, {"error": {"message": f"wrong key {self.headers['Authorization']}"}})

    def closed(self, prompt: str) -> None:
        self.close_connection = True

    def cut(self, prompt: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b'{"id": ')
        self.close_connection = True

    def _complete(self, prompt: str, content: str, usage: bool = True) -> None:
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}
        body: dict[str, Any] = {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
        if usage:
            body["usage"] = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
        with self.server.lock:
            self.server.paid[prompt] += 1
        self._send(200, body)

    def _send(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Keep quiet."""


@contextmanager
def serve(plan: Plan = lambda prompt, number: "answer") -> Iterator[ChatServer]:
    """A running server."""
    with ChatServer(plan) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
