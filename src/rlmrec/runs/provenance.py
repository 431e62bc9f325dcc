"""The provenance of a run's results: code revision, package versions and machine."""

import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = (
    "torch",
    "pytorch-lightning",
    "torchmetrics",
    "hydra-core",
    "omegaconf",
    "torch-geometric",
    "numpy",
    "scipy",
    "polars",
    "scikit-learn",
    "transformers",
    "wandb",
)


def _git(*arguments: str) -> str | None:
    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def provenance(overrides: list[str]) -> dict[str, Any]:
    """Return Git revision, overrides, package versions and machine as a JSON-serialisable dictionary."""
    import torch  # late, since naming a run folder does not need torch

    return {
        "git_revision": _git("rev-parse", "HEAD"),
        "git_changes": None if (changes := _git("status", "--porcelain")) is None else bool(changes),
        "overrides": overrides,
        "python": sys.version.split()[0],
        "packages": {package: _version(package) for package in PACKAGES},
        "platform": platform.platform(),
        "processor": platform.machine(),
        "threads": torch.get_num_threads(),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
    }
