"""Classes and functions that a stored configuration may name."""

import re
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path

from rlmrec.common.config_files import CONFIG_FOLDER

LOCAL = "local"
"""Folder of a user's own settings among the packaged configuration files."""
FAMILIES = {
    "torch_geometric.nn": ("torch.nn", "Module"),
    "pytorch_lightning.callbacks": ("pytorch_lightning", "Callback"),
    "pytorch_lightning.loggers": ("pytorch_lightning.loggers", "Logger"),
    "torch.optim.lr_scheduler": ("torch.optim.lr_scheduler", "LRScheduler"),
    "torch.optim": ("torch.optim", "Optimizer"),
    "optuna.pruners": ("optuna.pruners", "BasePruner"),
    "optuna.samplers": ("optuna.samplers", "BaseSampler"),
}
"""Modules of libraries of which subclasses of a class are allowed; only these modules are imported to look."""
PARTIAL = ("torch_geometric.nn", "torch.optim.lr_scheduler", "torch.optim")
"""Those whose classes are made later, when what they work on is there."""


def is_allowed(target: str, trust: Sequence[str] = ()) -> bool:
    """Return whether a stored configuration may name a class or function.

    Args:
        target: its dotted name.
        trust: packages, all of whose content is allowed.
    """
    return target in packaged_targets() or _is_in(target, trust) or _family_of(target) is not None


def may_be_partial(target: str, trust: Sequence[str] = ()) -> bool:
    """Return whether a stored configuration may leave it to the program to call what it names."""
    return packaged_targets().get(target, False) or _is_in(target, trust) or _family_of(target) in PARTIAL


@cache
def packaged_targets() -> dict[str, bool]:
    """Return what the packaged configuration files name, and whether a file says ``_partial_: true`` beside it."""
    found: dict[str, bool] = {}
    for path in Path(CONFIG_FOLDER).rglob("*.yaml"):
        if path.relative_to(CONFIG_FOLDER).parts[0] == LOCAL:
            continue
        for indent, target, beside in re.findall(
            r"^( *)_target_: *([\w.]+)(?: *#.*)?((?:\n\1\S.*)*)", path.read_text("utf-8"), re.MULTILINE
        ):
            is_partial = re.search(rf"^{indent}_partial_: *true\b", beside, re.MULTILINE) is not None
            found[target] = found.get(target, False) or is_partial
    return found


def _is_in(target: str, packages: Sequence[str]) -> bool:
    return any(target.startswith(f"{package}.") for package in packages)


def _family_of(target: str) -> str | None:
    """Return the family that a class belongs to: by what it is, not by its name."""
    module, _, name = target.rpartition(".")
    family = next((family for family in FAMILIES if module == family or module.startswith(f"{family}.")), None)
    if family is None or not all(part.isidentifier() for part in target.split(".")) or "__" in target:
        return None
    base_module, base_name = FAMILIES[family]
    try:
        made = getattr(import_module(module), name, None)
        base = getattr(import_module(base_module), base_name)
    except ImportError:
        return None
    return family if isinstance(made, type) and issubclass(made, base) else None
