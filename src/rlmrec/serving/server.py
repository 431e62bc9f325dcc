"""The server process and its address."""

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
"""Seconds that pending requests have to finish after a signal to stop."""


@dataclass(frozen=True)
class Address:
    """The address of a server and the host names it accepts.

    Args:
        host: address to listen on.
        port: port to listen on; 0 for any free one.
        token: token that callers must present, if any.
        names: additional host names under which the server may be called.

    Raises:
        UserError: if other machines could reach the server without a token, or a name is a pattern.
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
        """Return the host names under which the server may be called."""
        # As in the header of a request: clients write addresses of IPv6 in their shortest form.
        host = f"[{ipaddress.ip_address(self.host)}]" if ":" in self.host else self.host
        return [*LOOPBACK, host, *self.names] if is_loopback(self.host) or self.names else ["*"]

    def listening(self) -> socket.socket:
        """Return a listening socket that no other process can share; calls wait until the server answers.

        Raises:
            UserError: if it is impossible to listen on the address.
        """
        bound = socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # the port may be in TIME_WAIT after a restart
            bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # avoids delays of 40 ms between answers
            bound.bind((self.host, self.port))
            bound.listen()  # before this call, another process could bind the same port
        except OSError as error:
            bound.close()
            refused = f"host={self.host} port={self.port} cannot be listened at ({error.strerror})"
            raise UserError(f"{refused}: choose another port") from None
        return bound


def serve(models: Sequence[Answers], address: Address, bound: socket.socket) -> None:
    """Answer requests until a signal arrives, then finish pending ones and return.

    Args:
        models: models that answer.
        address: address of the server.
        bound: socket that listens on the address.
    """
    app = make_app(models, address.hosts, address.token)
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=SECONDS_TO_END, server_header=False)
    # uvicorn raises the signal again after it has stopped; the handler ignores it.
    with handled_by(lambda *_: None, (signal.SIGINT, signal.SIGTERM)):
        _Server(config).run(sockets=[bound])


class _Server(uvicorn.Server):
    """A server that prints its address when it is ready."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listening in sockets or []:
            address, port = listening.getsockname()[:2]
            shown = f"[{address}]" if ":" in address else address
            told = "a page, and the interface of /openapi.json; Ctrl+C stops"
            print(f"serving at http://{shown}:{port}: {told}", flush=True)


def is_loopback(host: str) -> bool:
    """Return whether an address can only be reached from this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
