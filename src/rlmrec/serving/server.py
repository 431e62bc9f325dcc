"""The server process."""

import ipaddress
import signal
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import uvicorn

from rlmrec.common.errors import UserError
from rlmrec.serving.answers import Answers
from rlmrec.serving.app import make_app

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
SECONDS_TO_END = 30
"""For requests under way, after a signal to stop."""


def serve(models: Sequence[Answers], host: str, port: int, token: str | None = None, names: Sequence[str] = ()) -> None:
    """Answer until a signal comes; then end the requests under way first.

    Args:
        models: that answer.
        host: address to listen at.
        port: to listen at; 0 for any that is free.
        token: that callers must show.
        names: further names by which the server may be called.

    Raises:
        UserError: if others could reach the server without a token, or the address cannot be used.
    """
    refuse_open(host, token)
    if wild := [name for name in names if "*" in name]:
        raise UserError(f"names={wild[0]}: give whole names, without *")
    hosts = [*LOOPBACK, host, *names] if is_loopback(host) or names else ["*"]
    app = make_app(models, hosts, token)
    config = uvicorn.Config(
        app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=SECONDS_TO_END, server_header=False
    )
    try:
        bound = config.bind_socket()
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each answer waits 40 ms for the one before
    except (SystemExit, OSError):
        raise UserError(f"host={host} port={port} cannot be listened at: choose another port") from None
    with _signals_are_the_end():
        _Server(config).run(sockets=[bound])


class _Server(uvicorn.Server):
    """A server that tells where it answers, once it does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listening in sockets or []:
            address, port = listening.getsockname()[:2]
            shown = f"[{address}]" if ":" in address else address
            told = "a page, and the interface of /openapi.json; Ctrl+C stops"
            print(f"serving at http://{shown}:{port}: {told}", flush=True)


@contextmanager
def _signals_are_the_end() -> Iterator[None]:
    """Let a signal that stops the server be all there is to it: uvicorn raises it once more when it has stopped."""
    earlier = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


def refuse_open(host: str, token: str | None) -> None:
    """Refuse an address that other machines reach, if callers need no token.

    Raises:
        UserError: says what to set.
    """
    if not is_loopback(host) and token is None:
        raise UserError(
            f"host={host} lets other machines in: set token_variable to the name of an environment variable that "
            "holds a token"
        )


def is_loopback(host: str) -> bool:
    """Return whether only programs on this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
