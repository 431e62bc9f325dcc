"""A local server that sends given bytes, at a given pace, whatever it is asked."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Answer = bytes | Callable[[bytes], bytes]


@dataclass
class RawServer:
    """What is sent, and what came.

    Args:
        answer: all bytes, headers included, or what returns them for a request.
        pause: seconds after each byte; 0 to send them at once.
    """

    answer: Answer
    pause: float = 0.0
    url: str = ""
    requests: list[bytes] = field(default_factory=list)
    sent: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def handle(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):  # a client that had enough closes
            self.requests.append(request := received(connection))
            answer = self.answer(request) if callable(self.answer) else self.answer
            if not self.pause:
                connection.sendall(answer)
                return
            for byte in answer:
                if self.over.is_set():
                    return
                connection.sendall(bytes([byte]))
                self.sent += 1
                time.sleep(self.pause)


def received(connection: socket.socket) -> bytes:
    """Return the whole of a request: a connection that is closed before is reset."""
    request = b""
    while not (ends := re.search(rb"\r\n\r\n", request)):
        request += (part := connection.recv(2**16))
        if not part:
            return request
    length = re.search(rb"content-length: (\d+)", request.lower())
    while length and len(request) < ends.end() + int(length.group(1)):
        request += connection.recv(2**16)
    return request


def http(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """An answer that ends with its connection."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@contextmanager
def raw_server(answer: Answer, pause: float = 0.0) -> Iterator[RawServer]:
    """A running server."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = RawServer(answer, pause, f"http://127.0.0.1:{listening.getsockname()[1]}/v1")

        def accept() -> None:
            with suppress(OSError):  # closed at the end
                while not server.over.is_set():
                    connection, _ = listening.accept()
                    threading.Thread(target=server.handle, args=(connection,), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()
