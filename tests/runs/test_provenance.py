"""Where the numbers of a run come from."""

import json
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import torch

from rlmrec.runs import provenance as module
from rlmrec.runs.provenance import provenance


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    return subprocess.run(
        ["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_versions_and_machine_are_kept_as_json() -> None:
    kept = json.loads(json.dumps(provenance(["seed=1", "align=none"])))
    assert kept["overrides"] == ["seed=1", "align=none"]
    assert kept["python"] == platform.python_version()
    assert kept["packages"]["numpy"] == version("numpy")
    assert kept["packages"]["torch"] == version("torch")
    assert kept["threads"] == torch.get_num_threads()
    assert kept["platform"] == platform.platform()
    assert (kept["gpu"] is not None) == torch.cuda.is_available()


def test_a_package_that_is_not_installed_has_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PACKAGES", ("numpy", "no-such-package"))
    assert provenance([])["packages"] == {"numpy": version("numpy"), "no-such-package": None}


def test_revision_and_changes_of_the_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = tmp_path / "provenance.py"
    monkeypatch.setattr(module, "__file__", str(code))
    code.write_text("first\n")
    git(tmp_path, "init")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first")
    clean = provenance([])
    assert clean["git_revision"] == git(tmp_path, "rev-parse", "HEAD")
    assert len(clean["git_revision"]) == 40
    assert clean["git_changes"] is False
    code.write_text("second\n")
    changed = provenance([])
    assert changed["git_revision"] == clean["git_revision"]
    assert changed["git_changes"] is True


@pytest.mark.parametrize("without", ["git", "repository"])
def test_code_without_a_repository(without: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "__file__", str(tmp_path / "provenance.py"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    if without == "git":
        monkeypatch.setenv("PATH", str(tmp_path))
    kept = provenance([])
    assert kept["git_revision"] is None
    assert kept["git_changes"] is None
    assert kept["python"] == sys.version.split()[0]
