"""Exported models, used as their README says."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from rlmrec.api import TrainedRun
from rlmrec.common.errors import UserError
from rlmrec.recommending.indexes.base import NearestItems
from rlmrec.recommending.indexes.usearch_index import USearchIndex
from rlmrec.recommending.indexes.voyager_index import VoyagerIndex

Runs = dict[str, TrainedRun]


@pytest.mark.parametrize("name", ["lightgcn", "rp3beta", "gf_cf", "sgfcf", "ease"])
def test_the_example_gives_the_lists_of_the_run(runs: Runs, name: str, tmp_path: Path) -> None:
    runs[name].export(tmp_path / "model")
    (example,) = re.findall(r"```python\n(.*?)```", (tmp_path / "model" / "README.md").read_text(), re.DOTALL)
    assert len(example.strip().splitlines()) < 25
    script = example.replace("print(items[", "print(*items[").replace(
        '> -float("inf")]])', "> -float('inf')]]['external_id'])"
    )
    shown = subprocess.run([sys.executable, "-c", script], cwd=tmp_path / "model", capture_output=True, text=True)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.split() == runs[name].recommend(["user-0"], k=10)["item"].to_list()


def test_files_and_what_they_say(runs: Runs, tmp_path: Path) -> None:
    runs["lightgcn"].export(tmp_path / "model")
    meta = json.loads((tmp_path / "model" / "meta.json").read_text())
    assert (meta["format_version"], meta["backbone"], meta["dataset"]) == (1, "lightgcn", "tiny")
    assert meta["fingerprints"]["interactions"] == runs["lightgcn"].dataset.fingerprint()
    arrays = load_file(tmp_path / "model" / "model.safetensors")
    np.testing.assert_array_equal(arrays["items"], runs["lightgcn"].item_embeddings())
    assert (tmp_path / "model" / "model.safetensors").stat().st_mode & 0o044
    with pytest.raises(UserError, match="exists already"):
        runs["lightgcn"].export(tmp_path / "model")


@pytest.mark.parametrize("kind", [USearchIndex, VoyagerIndex])
def test_an_index_finds_what_dot_products_find(runs: Runs, kind: type[NearestItems], tmp_path: Path) -> None:
    told = runs["lightgcn"].export(tmp_path / "model", kind())
    model = tmp_path / "model"
    assert json.loads((model / "meta.json").read_text())["index"] == told
    assert told["recall"]["recall@10"] > 0.95 and told["users_compared"] == 60
    first, second = re.findall(r"```python\n(.*?)```", (model / "README.md").read_text(), re.DOTALL)
    script = f"{first}\n{second}\nimport numpy as np\nprint(*np.ravel(nearest))"
    shown = subprocess.run([sys.executable, "-c", script], cwd=model, capture_output=True, text=True)
    assert shown.returncode == 0, shown.stderr
    found = [int(word) for word in shown.stdout.splitlines()[-1].split()]
    products = runs["lightgcn"].user_embeddings()[0] @ runs["lightgcn"].item_embeddings().T
    assert len(set(found) & set((-products).argsort()[:10])) >= 9


def test_an_index_that_cannot_be_is_refused(runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="index=usearch: scores of this run are no dot products of embeddings"):
        runs["rp3beta"].export(tmp_path / "model", USearchIndex())
    assert not (tmp_path / "model").exists()
    monkeypatch.setitem(sys.modules, "voyager", None)
    with pytest.raises(UserError, match=r"index=voyager needs an optional package: pip install 'rlmrec-lightning"):
        VoyagerIndex()
