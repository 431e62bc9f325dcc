import gc
import os
import shutil
import sys
import tempfile
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import settings

if Path(sys.argv[0]).suffix != ".py":  # of pytest's own script and of a worker of xdist
    sys.argv[0] = "pytest.py"  # so that messages name commands as in a checkout
os.environ["HF_HUB_OFFLINE"] = "1"  # before any import reads it: a model that is not here is not looked for elsewhere
os.environ["SSL_CERT_DIR"] = str(Path(__file__).parent)  # without certificates, which each client would read for 20 ms

import tiny
from composed_once import PLACE, remember_compositions
from processes import FORKING, start_forking
from rlmrec.common import allocator
from rlmrec.common.config_files import CONFIG_FOLDER
from rlmrec.data.writing import write_folder

remember_compositions()
allocator.gc = SimpleNamespace(collect=lambda: collect_and_freeze())  # type: ignore[assignment]
_finished = count(1)
EVERY_RUN, ON_DEMAND = "every run", "on demand"
settings.register_profile(EVERY_RUN, derandomize=True, deadline=None)
settings.register_profile(ON_DEMAND, derandomize=False, deadline=None, print_blob=True)


def pytest_configure(config: pytest.Config) -> None:
    """Prepare the processes of the tests: one folder for what they compose, and one process that forks.

    Made-up examples are the same in every run of the tests, and others each time in ``make test-all``.

    Raises:
        UsageError: if there are options of this machine, which commands would read.
    """
    own = Path(CONFIG_FOLDER, "local", "default.yaml")
    if own.exists():
        raise pytest.UsageError(f"{own} would change what the tests measure: move it away while they run")
    if not config.getoption("--hypothesis-profile"):
        all_of_them = "full" in config.getoption("markexpr").replace("not full", "")
        settings.load_profile(ON_DEMAND if all_of_them else EVERY_RUN)
    gc.disable()  # until tests are collected: importing makes little garbage
    if PLACE in os.environ:
        return
    os.environ[PLACE] = tempfile.mkdtemp()
    config.add_cleanup(lambda: shutil.rmtree(os.environ.pop(PLACE)))
    if config.getoption("numprocesses", None):
        os.environ[FORKING] = start_forking()
        config.add_cleanup(lambda: os.environ.pop(FORKING) and None)


def collect_and_freeze() -> int:
    """Collect garbage, and leave what is alive out of later collections: every run collects to measure its memory."""
    collected = gc.collect()
    gc.freeze()
    return collected


def pytest_collection_finish() -> None:
    gc.enable()
    collect_and_freeze()


def pytest_runtest_logfinish() -> None:
    """Collect what was alive when it was left out, now and then."""
    if next(_finished) % 200 == 0:
        gc.unfreeze()
        collect_and_freeze()


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small dataset in the native folder format."""
    folder = tmp_path_factory.mktemp("data") / "tiny"
    write_folder(tiny.dataset(), folder, source="tests", embeddings_info={"encoder": "made up"})
    return folder


@pytest.fixture(scope="session")
def tiny_folder_without_text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "tiny"
    write_folder(tiny.dataset(with_text=False), folder, source="tests")
    return folder
