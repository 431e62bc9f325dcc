from pathlib import Path

import pytest

from rlmrec import compose, train
from rlmrec.api import TrainedRun
from tiny import FAST

FITTED = ("rp3beta", "user_knn", "ease", "gf_cf", "sgfcf", "ials", "pop")


@pytest.fixture(scope="session")
def runs(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, TrainedRun]:
    """A trained run and fitted ones, on the small dataset."""
    place = tmp_path_factory.mktemp("recommending")
    data = ("dataset=folder", f"dataset.root={tiny_folder}", "trainer=cpu")
    found = {name: train(compose([*data, f"backbone={name}"]), place / name) for name in FITTED}
    found["lightgcn"] = train(compose([*data, "backbone=lightgcn", *FAST[1:]]), place / "lightgcn")
    words = ("backbone=mult_vae", "backbone.hidden_dim=16", *FAST[1:])
    found["mult_vae"] = train(compose([*data, *words]), place / "mult_vae")
    return found
