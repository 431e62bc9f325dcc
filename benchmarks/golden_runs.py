"""Metrics of all digits and checksums of weights of short runs, to compare before and after a change of the code.

OMP_NUM_THREADS=1 python benchmarks/golden_runs.py --write before.json
OMP_NUM_THREADS=1 python benchmarks/golden_runs.py --compare before.json

All pairs of backbone and alignment train three epochs on the embedded dataset; further runs have interaction noise,
text ablations, neighbour sampling, a warm start, a resume and a second test. On a CPU all figures must be equal digit
for digit; another machine or number of threads may round otherwise. Takes two minutes.
"""

import argparse
import hashlib
import json
import tempfile
from itertools import product
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

import rlmrec
from rlmrec.api import train_in_folder
from rlmrec.common.config_files import choices
from rlmrec.common.silence import silence
from rlmrec.runs.folder import RunFolder

COMMON = ["trainer=cpu", "callbacks=default", "~callbacks.progress", "dataset=bookshelf", "seed=7"]
VARIANTS = {
    "noise": ["interaction_noise=0.1"],
    "shuffled": ["text_ablation=shuffled"],
    "random": ["text_ablation=random", "align=generative"],
    "batch_neighbour": ["align.contrast_with=batch", "backbone.sampling=neighbour"],
    "cosine": ["scheduler=cosine", "scheduler.T_max=3"],
}


def train(name: str, words: list[str], place: Path, epochs: int = 3) -> rlmrec.TrainedRun:
    """Train a short run in a folder of its own."""
    return rlmrec.train(rlmrec.compose([*COMMON, *words, f"trainer.max_epochs={epochs}"]), place / name)


def resume(place: Path, words: list[str]) -> rlmrec.TrainedRun:
    """Train three epochs, and resume the run for two more."""
    run = train("resumed", words, place)
    (run.path / "metrics.json").unlink()
    options = run.options | {"trainer": run.options["trainer"] | {"max_epochs": 5}}
    return train_in_folder(RunFolder(run.path), options, resumed=True)


def record(run: rlmrec.TrainedRun) -> dict[str, Any]:
    """Metrics, learning curve and a checksum of all weights of a run, in the order of the parameters."""
    digest = hashlib.sha256()
    if run.folder.fitted.is_file():
        digest.update(run.folder.fitted.read_bytes())
        return {"metrics": run.metrics, "weights": digest.hexdigest(), "history": run.folder.history.read_text()}
    for checkpoint in (run.folder.best, run.folder.last):
        for value in torch.load(checkpoint, weights_only=True)["state_dict"].values():
            digest.update(value.numpy().tobytes())
    history = run.folder.history.read_text()
    return {"metrics": run.metrics, "weights": digest.hexdigest(), "history": history}


def record_all(place: Path) -> dict[str, Any]:
    """All runs by name."""
    pairs = {f"{b}-{a}": [f"backbone={b}", f"align={a}"] for b, a in product(choices("backbone"), choices("align"))}
    pairs = {name: words for name, words in pairs.items() if rlmrec.api.parts_mismatch(rlmrec.compose(words)) is None}
    bar = tqdm((pairs | VARIANTS).items(), unit="run")
    found = {name: record(train(name, words, place)) for name, words in bar}
    warm = [f"initialise_from={place / 'noise'}", "align=none"]
    found["warm_start"] = record(train("warm_start", warm, place))
    resumed = ["backbone=sgl", "align=generative"]
    found["resumed"] = record(resume(place, resumed))
    found["whole"] = record(train("whole", resumed, place, epochs=5))
    again = rlmrec.load(place / "shuffled")
    found["tested_again"] = {"metrics": again.evaluate()}
    found["tested_with_validation_masked"] = {"metrics": again.evaluate(mask="train+val")}
    if found["resumed"] != found["whole"]:
        raise SystemExit("a resumed run differs from one that was not interrupted")
    return found


def main() -> None:
    """Write the record of this code, or compare it with an earlier one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--write", type=Path, metavar="FILE")
    choice.add_argument("--compare", type=Path, metavar="FILE")
    options = parser.parse_args()
    silence()
    with tempfile.TemporaryDirectory() as place:
        found = record_all(Path(place))
    if options.write:
        options.write.write_text(json.dumps(found, indent=1) + "\n")
        print(f"{len(found)} runs in {options.write}")
        return
    before = json.loads(options.compare.read_text())
    differing = [
        f"{name}: {part}"
        for name in before
        for part in before[name]
        if found.get(name, {}).get(part) != before[name][part]
    ]
    print("\n".join(differing) or f"all {len(before)} runs are equal, digit for digit")
    raise SystemExit(bool(differing))


if __name__ == "__main__":
    main()
