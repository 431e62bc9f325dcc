"""The server process."""

import ipaddress
import signal
import socket
from collections.abc import Sequence
from dataclasses import dataclass

import uvicorn

from rlmrec.common.errors import UserError
from rlmrec.common.processes.signals import handled_by
from rlmrec.serving.answers import Answers
from rlmrec.serving.app import make_app

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
SECONDS_TO_END = 30
"""Time that requests under way have after a signal to stop."""


@dataclass(frozen=True)
class Address:
    """The address and the names of a server.

    Args:
        host: address to listen at.
        port: to listen at; 0 for any that is free.
        token: that callers must show.
        names: further names by which the server may be called.

    Raises:
        UserError: if others could reach the server without a token, or a name is a pattern.
    """

    host: str
    port: int
    token: str | None = None
    names: Sequence[str] = ()

    def __post_init__(self) -> None:
        if not is_loopback(self.host) and self.token is None:
            raise UserError(
                f"host={self.host} lets other machines in: set token_variable to the name of an environment variable "
                "that holds a token"
            )
        if wild := [name for name in self.names if "*" in name]:
            raise UserError(f"names={wild[0]}: give whole names, without *")

    @property
    def hosts(self) -> list[str]:
        """Return the names by which the server may be called."""
        return [*LOOPBACK, self.host, *self.names] if is_loopback(self.host) or self.names else ["*"]

    def listening(self) -> socket.socket:
        """Return a socket that nobody else can have; whoever calls meanwhile waits for the server.

        Raises:
            UserError: if the address cannot be listened at.
        """
        bound = socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # else a server just ended keeps the port
            bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else answers wait 40 ms for the one before
            bound.bind((self.host, self.port))
            bound.listen()  # until then another process could have the same port
        except OSError as error:
            bound.close()
            refused = f"host={self.host} port={self.port} cannot be listened at ({error.strerror})"
            raise UserError(f"{refused}: choose another port") from None
        return bound


def serve(models: Sequence[Answers], address: Address, bound: socket.socket) -> None:
    """Answer until a signal comes; then end the requests under way first.

    Args:
        models: that answer.
        address: where.
        bound: the socket that listens there.
    """
    app = make_app(models, address.hosts, address.token)
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=SECONDS_TO_END, server_header=False)
    # uvicorn raises a signal once more when it has stopped, which is all there is to it.
    with handled_by(lambda *_: None, (signal.SIGINT, signal.SIGTERM)):
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


def is_loopback(host: str) -> bool:
    """Return whether only programs on this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
