"""Time and peak memory of ``prepare_data.py`` on a made-up raw file: ``python benchmarks/prepare_data.py FOLDER``."""

import argparse
import gzip
import json
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tqdm import tqdm

SCRIPT = Path(__file__).parents[1] / "src" / "prepare_data.py"
COLUMNS = ("user", "item", "rating", "timestamp", "review")
TEXT_CHARACTERS = 200
ROWS_AT_ONCE = 100_000


def rows(count: int, seed: int = 0) -> Iterator[tuple[str, str, int, int, str]]:
    """Reviews by long-tailed users of long-tailed items, one by one."""
    random = np.random.default_rng(seed)
    users, items = max(count // 20, 1), max(count // 80, 1)
    letters = random.choice(list("etaoinshrdlu     "), 2_000_000)
    text = "".join(letters.tolist())
    for start in range(0, count, ROWS_AT_ONCE):
        size = min(ROWS_AT_ONCE, count - start)
        # The square and the cube of an even draw make a few entities frequent and most of them rare.
        who = (users * random.random(size) ** 2).astype(int).tolist()
        what = (items * random.random(size) ** 3).astype(int).tolist()
        ratings = random.integers(1, 6, size).tolist()
        times = random.integers(1_300_000_000, 1_400_000_000, size).tolist()
        begins = random.integers(0, len(text) - 2 * TEXT_CHARACTERS, size).tolist()
        lengths = random.integers(TEXT_CHARACTERS // 2, 3 * TEXT_CHARACTERS // 2, size).tolist()
        for user, item, rating, seconds, begin, length in zip(who, what, ratings, times, begins, lengths, strict=True):
            yield f"A{user:012d}", f"B{item:09d}", rating, seconds, text[begin : begin + length]


def write_raw(path: Path, count: int) -> None:
    """A file of ``count`` reviews: JSON lines or CSV, compressed if its name says so."""
    as_json = ".jsonl" in path.name
    with gzip.open(path, "wt", compresslevel=1) if path.suffix == ".gz" else path.open("w") as file:
        if not as_json:
            file.write(",".join(COLUMNS) + "\n")
        for row in tqdm(rows(count), total=count, desc=f"writing {path.name}", unit="review"):
            line = json.dumps(dict(zip(COLUMNS, row, strict=True))) if as_json else ",".join(map(str, row))
            file.write(line + "\n")


def main() -> None:
    """Write, prepare, report, and remove what was written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where to put the raw files and the dataset; removed afterwards")
    parser.add_argument("--reviews", type=int, default=5_000_000)
    parser.add_argument("--files", nargs="+", default=["reviews.jsonl.gz", "reviews.csv"])
    parser.add_argument("--keep", action="store_true", help="leave the raw files for another run")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for name in arguments.files:
        raw, out = arguments.folder / name, arguments.folder / f"{name}-dataset"
        if not raw.exists():
            write_raw(raw, arguments.reviews)
        shutil.rmtree(out, ignore_errors=True)
        command = [sys.executable, SCRIPT, "source=table", f"source.interactions={raw}", f"out={out}"]
        started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([*command, "filters.rating.at_least=3", "filters.core.users=10"], check=True)
        seconds = time.perf_counter() - started
        # The largest of all children so far, in KiB: the second figure cannot be below the first.
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        peak = after.ru_maxrss / 2**20
        processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        size = raw.stat().st_size / 2**20
        took = f"{seconds:.1f} s ({processor:.1f} s of processor time), peak {peak:.2f} GiB"
        print(f"{name}: {arguments.reviews} reviews, {size:.0f} MiB: {took}")
        shutil.rmtree(out)
        if not arguments.keep:
            raw.unlink()


if __name__ == "__main__":
    main()
