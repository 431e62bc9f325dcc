"""Files that are not those published are refused, or named as what they are."""

import hashlib
import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array, csr_matrix

import real_data
import tiny
from rlmrec.cli import train
from rlmrec.common.errors import UserError
from rlmrec.data.dataset import Dataset
from rlmrec.data.matrices import content_digest
from rlmrec.data.published.dataset import PublishedDataset
from rlmrec.data.published.known import PUBLISHED, WIDTH, Published
from rlmrec.report.paper import published as paper
from run_files import metrics
from tiny import FAST, command

FILES = ("trn_mat.pkl", "val_mat.pkl", "tst_mat.pkl")


def load(name: Any, root: Path, **options: Any) -> Dataset:
    return PublishedDataset(name, str(root), "unused", "unused", "unused", **options).load()


@pytest.fixture(params=["amazon", "yelp"])
def real(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    """The published matrices of one dataset, copied."""
    folder = tmp_path / "files"
    shutil.copytree(real_data.folder(f"rlmrec/{request.param}"), folder, copy_function=shutil.copyfile)
    return request.param, folder


def test_the_published_files_are_known(real: tuple[str, Path]) -> None:
    name, folder = real
    for options in ({}, {"as_published": False}):
        dataset = load(name, folder, **options)
        assert (dataset.name, dataset.description) == (name, f"{name} as published with RLMRec")


def test_it_does_not_matter_how_the_content_was_pickled(real: tuple[str, Path]) -> None:
    name, folder = real
    for file in FILES:
        matrix = pickle.loads((folder / file).read_bytes())
        (folder / file).write_bytes(pickle.dumps(csr_matrix(matrix, dtype=np.float32), protocol=2))
    assert load(name, folder).name == name


def test_a_single_other_interaction_is_refused(real: tuple[str, Path]) -> None:
    name, folder = real
    matrix = csr_array(pickle.loads((folder / "val_mat.pkl").read_bytes()))
    matrix.indices[0] += 1
    (folder / "val_mat.pkl").write_bytes(pickle.dumps(csr_matrix(matrix)))
    with pytest.raises(UserError) as caught:
        load(name, folder)
    assert f"{folder} holds other files than RLMRec's authors published as {name}: val_mat.pkl (" in str(caught.value)
    assert "dataset.as_published=false" in str(caught.value)


def test_another_published_dataset_is_told(real: tuple[str, Path]) -> None:
    name, folder = real
    other = {"amazon": "yelp", "yelp": "amazon"}[name]
    for wrong in (other, "steam"):
        with pytest.raises(UserError, match=rf"they are those of {name}: choose dataset={name}$"):
            load(wrong, folder)


def test_other_files_have_another_name_wherever_results_are_named(
    published_folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UserError) as caught:
        load("yelp", published_folder)
    assert "(60 users, 40 items, " in str(caught.value)
    assert "published: 11,091, 11,010, 166,620)" in str(caught.value)
    dataset = load("yelp", published_folder, as_published=False)
    assert dataset.name == "yelp (other files)"
    assert "as published" not in dataset.description
    assert str(published_folder) in dataset.description
    assert "usr_emb_np.pkl" in dataset.embeddings_info["encoder"]
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert paper(dataset.name, "lightgcn", "none", "recall@20") is None
    assert paper("yelp", "lightgcn", "none", "recall@20") is not None
    arguments = ["dataset=yelp", f"dataset.root={published_folder}", "dataset.as_published=false", "align=none"]
    assert command(train, *arguments, *FAST, "backbone.num_layers=1", f"hydra.run.dir={tmp_path / 'run'}") == 0
    assert '"dataset": "yelp (other files)"' in (tmp_path / "run" / "metrics.json").read_text()
    assert metrics(tmp_path / "run")
    printed = capsys.readouterr().out
    assert "yelp (other files) · lightgcn · none" in printed
    assert "as published with RLMRec" not in printed
    assert printed.count("WARNING") == 1


@pytest.fixture
def as_if_published(monkeypatch: pytest.MonkeyPatch, published_folder: Path) -> Path:
    """The small dataset under the name of one of which sizes and checksums of the interactions are known."""
    dataset = tiny.dataset()
    splits = {split: content_digest(matrix).hexdigest() for split, matrix in dataset.splits.items()}
    monkeypatch.setitem(PUBLISHED, "yelp", Published(60, 40, dataset.train.nnz, splits))
    return published_folder


def test_vectors_of_another_width_are_not_the_published_ones(as_if_published: Path) -> None:
    with pytest.raises(UserError, match=r"yelp: usr_emb_np\.pkl, itm_emb_np\.pkl \("):
        load("yelp", as_if_published)
    for kind, count in (("usr", 60), ("itm", 40)):
        (as_if_published / f"{kind}_emb_np.pkl").write_bytes(pickle.dumps(np.ones((count, WIDTH))))
    dataset = load("yelp", as_if_published)
    assert dataset.name == "yelp"
    assert dataset.embeddings_info == {"encoder": "published with RLMRec"}


@pytest.mark.parametrize("file", ["usr_prf.pkl", "itm_emb_np.pkl"])
def test_texts_and_vectors_go_by_their_checksum_where_it_is_known(
    file: str, as_if_published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = PUBLISHED["yelp"]
    files = {
        name: hashlib.sha256((as_if_published / name).read_bytes()).hexdigest()
        for name in ("usr_emb_np.pkl", "itm_emb_np.pkl", "usr_prf.pkl")
    }
    monkeypatch.setitem(PUBLISHED, "yelp", Published(60, 40, sound.train_interactions, sound.splits, files))
    assert load("yelp", as_if_published).name == "yelp"
    with (as_if_published / file).open("ab") as stream:
        stream.write(b"and more, which pickle does not read")
    with pytest.raises(UserError, match=rf"published as yelp: {file.replace('.', '[.]')} \("):
        load("yelp", as_if_published)
    dataset = load("yelp", as_if_published, as_published=False)
    assert ("unknown" in dataset.embeddings_info["encoder"]) == (file == "itm_emb_np.pkl")


def test_sizes_decide_where_no_checksum_is_known(monkeypatch: pytest.MonkeyPatch, published_folder: Path) -> None:
    for file in ("usr_emb_np.pkl", "itm_emb_np.pkl"):
        (published_folder / file).unlink()
    train = tiny.dataset().train.nnz
    monkeypatch.setitem(PUBLISHED, "steam", Published(60, 40, train))
    assert load("steam", published_folder).name == "steam"
    monkeypatch.setitem(PUBLISHED, "steam", Published(60, 40, train + 1))
    with pytest.raises(UserError, match=r"trn_mat\.pkl, val_mat\.pkl, tst_mat\.pkl"):
        load("steam", published_folder)
