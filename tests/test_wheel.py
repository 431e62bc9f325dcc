"""The wheel holds everything the package needs, and runs from any directory."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import rlmrec
from places import PROJECT

CONF = PROJECT / "conf"


def names() -> list[str]:
    """Paths of what git tracks or would track; without git, of all files, as in an unpacked archive."""
    if not (PROJECT / ".git").exists():
        inside = [path for top in ("src", "conf") for path in (PROJECT / top).rglob("*") if ".egg" not in str(path)]
        found = [path for path in (*inside, *PROJECT.iterdir()) if path.is_file() and path.suffix != ".pyc"]
        return [str(path.relative_to(PROJECT)) for path in found]
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    told = subprocess.run(listed, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    return [name for name in told.split("\0") if name]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that nothing is written into the project."""
    copy, out = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("wheel")
    for name in names():
        if name.startswith(("src/", "conf/")) or "/" not in name:
            target = copy / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if (PROJECT / name).is_file():
                target.write_bytes((PROJECT / name).read_bytes())
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", str(out), str(copy)], check=True, timeout=300)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(place)]
    subprocess.run([*pip, str(wheel)], check=True, timeout=300)
    return place


def run(installed: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python in an empty folder with the installed wheel before everything else."""
    environment = {name: value for name, value in os.environ.items() if name != "RLMREC_DATA"}
    environment |= {"PYTHONPATH": str(installed), "OMP_NUM_THREADS": "1"}
    line = [sys.executable, *words]
    return subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)


def test_it_holds_configuration_plugin_types_and_data(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    for path in CONF.rglob("*.yaml"):
        if "local" not in path.relative_to(CONF).parts:
            assert f"rlmrec/conf/{path.relative_to(CONF)}" in held
    source = PROJECT / "src"
    for path in source.rglob("*"):
        inside = path.relative_to(source)
        if path.is_file() and len(inside.parts) > 1 and "__pycache__" not in inside.parts and ".egg" not in str(inside):
            assert str(inside) in held
    assert {"rlmrec/py.typed", "hydra_plugins/rlmrec_search.py"} <= held
    assert wheel.name.startswith(f"rlmrec_lightning-{rlmrec.__version__}-")


def test_the_command_trains_where_it_is_called(installed: Path, tiny_folder: Path, tmp_path: Path) -> None:
    script = str(installed / "bin" / "rlmrec")
    assert run(installed, tmp_path, script, "--version").stdout == f"rlmrec {rlmrec.__version__}\n"
    data = ["dataset=folder", f"dataset.root={tiny_folder}", "debug=fast", "trainer=cpu", "align=none"]
    trained = run(installed, tmp_path, script, "train", *data)
    assert trained.returncode == 0, trained.stderr
    (folder,) = tmp_path.glob("outputs/folder/lightgcn-none/*")
    assert (folder / "metrics.json").is_file()
    assert f"next: rlmrec evaluate run={folder}" in trained.stdout


def test_the_sweeper_and_the_configuration_come_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    code = (
        "import rlmrec; from rlmrec.common.config_files import CONFIG_FOLDER; print(CONFIG_FOLDER)\n"
        "from hydra.core.plugins import Plugins; from hydra.plugins.sweeper import Sweeper\n"
        "(ours,) = [p for p in Plugins.instance().discover(Sweeper) if p.__name__ == 'SearchSweeper']\n"
        "import sys; print(sys.modules[ours.__module__].__file__)"
    )
    found = run(installed, tmp_path, "-c", code)
    assert found.returncode == 0, found.stderr
    assert found.stdout.split() == [
        str(installed / "rlmrec" / "conf"),
        str(installed / "hydra_plugins" / "rlmrec_search.py"),
    ]
