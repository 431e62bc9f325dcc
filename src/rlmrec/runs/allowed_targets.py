"""Classes and functions that a stored configuration may name as targets."""

import inspect
import re
import sys
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from rlmrec.common.config_files import CONFIG_FOLDER
from rlmrec.common.errors import UserError, one_line

LOCAL = "local"
"""Folder of the user's own settings within the packaged configuration folder."""
FAMILIES = {
    "torch_geometric.nn": ("torch.nn", "Module"),
    "torch_geometric.metrics": ("torch_geometric.metrics.link_pred", "LinkPredMetric"),
    "pytorch_lightning.callbacks": ("pytorch_lightning", "Callback"),
    "pytorch_lightning.loggers": ("pytorch_lightning.loggers", "Logger"),
    "torch.optim.lr_scheduler": ("torch.optim.lr_scheduler", "LRScheduler"),
    "torch.optim.swa_utils": ("torch.optim.lr_scheduler", "LRScheduler"),
    "torch.optim": ("torch.optim", "Optimizer"),
    "optuna.pruners": ("optuna.pruners", "BasePruner"),
    "optuna.samplers": ("optuna.samplers", "BaseSampler"),
    "pytorch_lightning": ("pytorch_lightning", "Trainer"),
}
"""Library modules whose subclasses of a given class are allowed; only these modules are imported for the check."""
LIBRARIES = frozenset(name.partition(".")[0] for name in FAMILIES)
EXECUTE_TEXT = ("torch_geometric.nn.Sequential", "torch_geometric.nn.sequential.Sequential")
"""Classes that evaluate strings as Python code; never allowed, even if trusted."""
PARTIAL = (
    "torch_geometric.nn",
    "torch.optim.lr_scheduler",
    "torch.optim.swa_utils",
    "torch.optim",
    "torch_geometric.metrics",
    "pytorch_lightning.loggers",
    "pytorch_lightning",
)
"""Families whose classes may be instantiated later, once their arguments are available."""


def is_allowed(target: str, trust: Sequence[str] = ()) -> bool:
    """Return whether a stored configuration may name a class or function.

    Args:
        target: dotted name of the class or function.
        trust: packages whose own classes and functions are all allowed.
    """
    return _packaged(target) is not None or is_trusted(target, trust) or _family_of(target) is not None


def may_be_partial(target: str, trust: Sequence[str] = ()) -> bool:
    """Return whether a stored configuration may combine a target with ``_partial_: true``."""
    packaged = packaged_targets().get(_packaged(target) or "", False)
    return packaged or is_trusted(target, trust) or _family_of(target) in PARTIAL


@cache
def packaged_targets() -> dict[str, bool]:
    """Return the targets in the packaged configuration files, and whether a file sets ``_partial_: true`` for them."""
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


def _packaged(target: str) -> str | None:
    """Return the packaged configuration's name of a class, given that name or the one under which it is defined."""
    if target in packaged_targets():
        return target
    last = target.rpartition(".")[2]
    for name in packaged_targets():
        if name.rpartition(".")[2] == last:
            try:
                made = _named(name)
            except ImportError:  # an optional dependency is not installed
                continue
            if target == _defined_as(made):
                return name
    return None


def is_trusted(target: str, trust: Sequence[str]) -> bool:
    """Return whether a trusted package itself defines a target, rather than importing it from elsewhere.

    Imports the package to find out.

    Args:
        target: dotted name of the class or function.
        trust: names of packages, or dotted names of single classes.

    Raises:
        UserError: if the target belongs to a trusted package but cannot be found.
    """
    packages = [package for package in trust if f"{target}.".startswith(f"{package}.")]
    if not packages or trusted_by(target) is None:
        return False
    try:
        made = _named(target)
    except (ImportError, AttributeError) as error:
        raise UserError(f"trust=[{packages[0]}]: {target} cannot be found: {one_line(error)}") from None
    home = getattr(made, "__module__", None)
    own = isinstance(home, str) and any(f"{home}.".startswith(f"{package}.") for package in packages)
    return (own or target in packages) and _defined_as(made) not in EXECUTE_TEXT


def trusted_by(target: str) -> str | None:
    """Return the name that must be trusted for a configuration to use a target, or None if trust cannot allow it.

    For a user's package this is the package. For a library it is the single class, since trusting a library must not
    let a stranger call everything in it. The standard library and this project cannot be trusted as a whole.
    """
    package = target.partition(".")[0]
    if package in sys.stdlib_module_names or package in ("rlmrec", "") or target in EXECUTE_TEXT:
        return None
    return target if package in LIBRARIES else package


def _family_of(target: str) -> str | None:
    """Return the family that a class belongs to, determined by its base class rather than its name."""
    module = target.rpartition(".")[0]
    family = next((family for family in FAMILIES if f"{module}.".startswith(f"{family}.")), None)
    if family is None or not re.fullmatch(r"[A-Za-z]\w*(\._?[A-Za-z]\w*)+", target, re.ASCII):
        return None
    try:
        made = _named(target)
    except Exception:  # importing a part of a library whose optional dependencies are missing can raise anything
        return None
    base_module, base = FAMILIES[family]
    belongs = (
        inspect.isclass(made)
        and issubclass(made, getattr(import_module(base_module), base))
        and not any(_defined_as(base) in EXECUTE_TEXT for base in made.__mro__)
        and f"{made.__module__}.".startswith(f"{family}.")
    )
    return family if belongs else None


def _defined_as(made: Any) -> str:
    """Return the name under which a class or function is defined."""
    return f"{getattr(made, '__module__', '')}.{getattr(made, '__qualname__', '')}"


def _named(target: str) -> Any:
    """Return the attribute that a target names directly in a module; it cannot reach through into another module."""
    module, _, name = target.rpartition(".")
    return getattr(import_module(module), name)
