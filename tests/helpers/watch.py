"""A watch over what a folder from a stranger must not do, and bounds of the time and memory that it may take."""

import contextlib
import io
import shutil
import signal
import threading
import warnings
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from rlmrec.common.errors import UserError

SECRET = "sk-canary-0123456789"
VARIABLE = "OPENAI_API_KEY"
SECONDS = 30
MEMORY = 2**30
"""Beyond what the process has already."""


class Outcome(NamedTuple):
    """How an attempt ended: its exit code, 0 for success, and all that it printed."""

    code: int
    output: str


class TooLong(BaseException):
    """Time is up; no exception that code under test would take for its own."""


class Watch:
    """A home folder in which nothing may appear or change, and a server that nobody may call.

    Args:
        home: the folder, which is made.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.canary = home / "canary"
        self.profile = home / ".bashrc"
        self.calls: list[str] = []
        self._server = HTTPServer(("127.0.0.1", 0), _handler(self.calls))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def begin(self) -> None:
        """Set everything back."""
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(parents=True)
        self.profile.write_text(f"# mine: {SECRET}\n")
        self.calls.clear()

    def check(self, output: str) -> None:
        """Nothing was executed, written, fetched or shown."""
        assert self.calls == [], "a request was made"
        assert sorted(path.name for path in self.home.iterdir()) == [".bashrc"], "a file appeared"
        assert self.profile.read_text() == f"# mine: {SECRET}\n", "a file was changed"
        assert SECRET not in output, "the secret was shown"
        assert "\x1b]" not in output and "\x07" not in output, "the terminal was told what to do"

    def close(self) -> None:
        """End the server."""
        self._server.shutdown()
        self._server.server_close()


def _handler(calls: list[str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            calls.append(f"{self.path} {dict(self.headers)}")
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"export STRANGER=1\n")

        do_POST = do_PUT = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


@contextlib.contextmanager
def bounded() -> Iterator[None]:
    """Little time and memory.

    Memory is measured, not limited: a library whose allocation fails in one of its threads may wait for ever.
    """

    def stop(*_: Any) -> None:
        raise TooLong(f"more than {SECONDS} seconds")

    Path("/proc/self/clear_refs").write_text("5")  # the peak so far is forgotten
    before, handler = _kibibytes("VmRSS"), signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, handler)
        assert _kibibytes("VmHWM") - before < MEMORY // 1024, "much memory was taken"


def _kibibytes(name: str) -> int:
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(f"{name}:")]
    return int(line.split()[1])


def tried(action: Callable[[], int | None]) -> Outcome:
    """What came of an action: a mistake of the user's ends with 1, as on the command line; all else is raised."""
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with bounded():
                code = action() or 0
        except UserError as error:
            print(f"error: {error}")
            code = 1
    return Outcome(code, shown.getvalue())
