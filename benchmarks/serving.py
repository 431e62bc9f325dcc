"""Requests a second, and how long they take: a server on this machine, asked by many at once.

python benchmarks/serving.py run=outputs/... --out serving.json

Every request asks for ten items for one user, drawn from the seed. Some requests at a time are under way, the next one
following as soon as one is answered. A request is lost if it brings no answer with ten items.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import numpy as np

from rlmrec.runs.provenance import provenance

SCRIPT = Path(__file__).parents[1] / "src" / "serve.py"
TIMEOUT = 60.0


async def asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, user: str) -> int:
    """Ask for a list over an open connection; return the number of its items."""
    body = json.dumps({"users": [user]}).encode()
    head = ["POST /api/recommend HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    writer.write("\r\n".join([*head, f"Content-Length: {len(body)}", "", ""]).encode() + body)
    lines = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
    length = next(int(line.partition(":")[2]) for line in lines if line.startswith("content-length:"))
    answer = json.loads(await reader.readexactly(length))
    return len(answer["lists"][0]["items"]) if " 200 " in lines[0] else 0


async def measure(host: str, port: int, users: list[str], together: int) -> dict[str, float]:
    """Ask for each user's list once, some at a time, each over a connection of its own."""
    waiting, seconds, lost = iter(users), list[float](), 0

    async def ask() -> None:
        nonlocal lost
        reader, writer = await asyncio.open_connection(host, port)
        for user in waiting:
            begin = time.perf_counter()
            try:
                lost += await asyncio.wait_for(asked(reader, writer, user), TIMEOUT) != 10
            except (OSError, EOFError, TimeoutError):
                lost += 1
                reader, writer = await asyncio.open_connection(host, port)
            seconds.append(time.perf_counter() - begin)
        writer.close()

    begin = time.perf_counter()
    await asyncio.gather(*(ask() for _ in range(together)))
    total = time.perf_counter() - begin
    middle, late = np.percentile(seconds, [50, 99]) * 1000
    return {
        "requests": len(seconds),
        "lost": lost,
        "requests_per_second": round(len(seconds) / total, 1),
        "milliseconds_median": round(float(middle), 2),
        "milliseconds_99th_percentile": round(float(late), 2),
    }


def main() -> None:
    """Start a server, measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", help="run=FOLDER of a trained run")
    parser.add_argument("--requests", type=int, default=2000, help="at each level")
    parser.add_argument("--together", type=int, nargs="+", default=[1, 8, 32, 128])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    results = {"environment": provenance([]), "levels": {}}
    line = [sys.executable, str(SCRIPT), options.run, "port=0"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            told = next((text for text in server.stdout if text.startswith("serving at ")), None)
            if told is None:
                raise SystemExit("the server did not start")
            address = told.split()[2].rstrip(":")
            host, _, port = address.removeprefix("http://").rpartition(":")
            with urlopen(f"{address}/api/search?kind=user&limit=100") as found:
                names = [entity["id"] for entity in json.load(found)["entities"]]
            draw = np.random.default_rng(options.seed)
            for together in options.together:
                users = [names[number] for number in draw.integers(len(names), size=options.requests)]
                level = asyncio.run(measure(host, int(port), users, together))
                results["levels"][together] = level
                print(f"{together} at a time", level, sep=": ", flush=True)
                options.out.write_text(json.dumps(results, indent=2) + "\n")
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
