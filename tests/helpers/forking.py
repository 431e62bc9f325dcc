"""A process that has imported what commands need, and forks one for each command: importing takes seconds.

Run as a script, with the path of the socket at which it will listen. It ends with its standard input.
"""

import atexit
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import NoReturn

MODULES = ("rlmrec.training.fit", "rlmrec.training.build", "rlmrec.cli.train", "rlmrec.cli.evaluate", "torch_geometric")


def serve(path: str) -> None:
    """Answer each request, a connection of its own, with a process id, and with an exit status when that has ended."""
    ended, wake = socket.socketpair()
    wake.setblocking(False)
    signal.set_wakeup_fd(wake.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to all processes of the tests
    waiting: dict[int, socket.socket] = {}
    with socket.socket(socket.AF_UNIX) as listening, selectors.DefaultSelector() as selector:
        listening.bind(f"{path}.new")
        listening.listen()
        Path(f"{path}.new").rename(path)
        for source in (sys.stdin.fileno(), listening, ended):
            selector.register(source, selectors.EVENT_READ)
        while True:
            sources = [key.fileobj for key, _ in selector.select()]
            if sys.stdin.fileno() in sources:
                return
            if listening in sources:
                connection, _ = listening.accept()
                request, files, _, _ = socket.recv_fds(connection, 2**20, 3)
                if (pid := os.fork()) == 0:
                    become(json.loads(request), files)
                for file in files:
                    os.close(file)
                waiting[pid] = connection
                connection.sendall(f"{pid}\n".encode())
            if ended in sources:
                ended.recv(4096)
                for pid in list(waiting):
                    if (found := os.waitpid(pid, os.WNOHANG))[0]:
                        with waiting.pop(pid) as connection:
                            connection.sendall(f"{found[1]}\n".encode())


def become(request: dict, files: list[int]) -> NoReturn:
    """Be the process of a command: its streams, folder, environment and arguments."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for target, file in enumerate(files):
        os.dup2(file, target)
    os.closerange(3, 1024)
    sys.stdout = sys.__stdout__ = open(1, "w", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(2, "w", buffering=1, closefd=False)  # type: ignore[misc]  # noqa: SIM115
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = request["line"]
    status = 0
    try:
        sys.path[0] = str(Path(sys.argv[0]).parent)
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
        status = 1
    finally:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    import gc

    import torch

    from composed_once import remember_compositions

    remember_compositions()
    for module in MODULES:
        __import__(module)
    torch.set_num_threads(1)
    gc.freeze()
    serve(sys.argv[1])
