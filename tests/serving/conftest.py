from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import themed
from rlmrec import compose, train
from rlmrec.api import TrainedRun
from rlmrec.serving.answers import Answers
from rlmrec.serving.app import make_app

HOSTS = ("localhost", "127.0.0.1")


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[TrainedRun]:
    """The same backbone without and with alignment."""
    place = tmp_path_factory.mktemp("serving")
    folder: Path = themed.write(place / "data")
    return [
        train(compose(themed.options(folder, "lightgcn", align)), place / align) for align in ("none", "contrastive")
    ]


@pytest.fixture(scope="session")
def answers(runs: list[TrainedRun]) -> list[Answers]:
    return [Answers(run, number, f"model {number}") for number, run in enumerate(runs)]


@pytest.fixture
def client(answers: list[Answers]) -> Iterator[TestClient]:
    with TestClient(make_app(answers, HOSTS), base_url="http://localhost") as found:
        yield found
