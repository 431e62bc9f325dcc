from pathlib import Path

import pytest

from lazily import Lazily
from rlmrec import compose, train
from rlmrec.api import TrainedRun
from tiny import FAST

FITTED = ("rp3beta", "user_knn", "ease", "gf_cf", "sgfcf", "ials", "pop")
TRAINED = {"lightgcn": FAST[1:], "mult_vae": ("backbone.hidden_dim=16", *FAST[1:])}


@pytest.fixture(scope="session")
def runs(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, TrainedRun]:
    """Trained runs and fitted ones on the small dataset, by backbone."""
    place = tmp_path_factory.mktemp("recommending")
    data = ("dataset=folder", f"dataset.root={tiny_folder}", "trainer=cpu")
    options = dict.fromkeys(FITTED, ()) | TRAINED
    return Lazily(lambda name: train(compose([*data, f"backbone={name}", *options[name]]), place / name))
