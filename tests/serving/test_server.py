"""The server as a process: it answers, and a signal ends it after what is under way."""

import re
import signal
import socket
from pathlib import Path
from urllib.request import urlopen

import pytest

from processes import start, wait_until
from rlmrec.api import TrainedRun
from rlmrec.cli import serve
from rlmrec.serving.server import is_loopback
from tiny import command


def test_it_answers_and_ends_quietly(runs: list[TrainedRun], tmp_path: Path) -> None:
    words = (f"run={runs[0].path}", f"compare={runs[1].path}", "port=0")
    with (tmp_path / "out").open("w+") as out:
        process = start("serve", *words, stdout=out, stderr=out)
        try:
            wait_until(lambda: "serving at http" in (tmp_path / "out").read_text(), process)
            address = re.search(r"serving at (http://\S+):", (tmp_path / "out").read_text())
            with urlopen(f"{address and address[1]}/health", timeout=30) as answer:
                assert b'"models":2' in answer.read()
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        finally:
            process.kill()
    shown = (tmp_path / "out").read_text()
    assert len(shown.strip().splitlines()) == 1, shown


def test_what_cannot_be_served_is_told_before_work(
    runs: list[TrainedRun], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMPTY", "")
    monkeypatch.setenv("ACCENTED", "schlüssel")
    monkeypatch.setattr("rlmrec.api.load", lambda *_, **__: pytest.fail("weights are loaded first"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for words, message in (
            ([], "name a run folder"),
            (["run=nowhere"], "run=nowhere is not a run folder"),
            (["run={run}", "compare=nowhere"], "compare=nowhere is not a run folder"),
            (["run={run}", "host=0.0.0.0"], "host=0.0.0.0 lets other machines in: set token_variable"),
            (["run={run}", "token_variable=EMPTY"], "token_variable=EMPTY: no environment variable of this name holds"),
            (["run={run}", "token_variable=ACCENTED"], "no environment variable of this name holds a token of ASCII"),
            (["run={run}", "port=99999"], "port=99999"),
            (["run={run}", "names=['*.org']"], "names=*.org: give whole names"),
            (["run={run}", f"port={port}"], f"port={port} cannot be listened at (Address already in use): choose"),
        ):
            assert command(serve, *(word.format(run=runs[0].path) for word in words)) == 1
            error = capsys.readouterr().err
            assert message in error and error.count("\n") == 1


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "example.org", "localhost.example.org"])
def test_no_loopback(host: str) -> None:
    assert not is_loopback(host)
