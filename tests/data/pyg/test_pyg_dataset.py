"""``dataset=pyg``: graphs in files, and in the folders of PyG's own datasets."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch_geometric.data import Data, HeteroData, InMemoryDataset

from graphs import RATES, rated, saved
from harmful import Touch
from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.data.pyg import PyGDataset, from_pyg


class MovieLens(InMemoryDataset):
    """A dataset as those of torch_geometric.datasets are written: raw files to a stored graph."""

    raw_file_names, processed_file_names = ["ratings.dat"], ["data.pt"]

    def process(self) -> None:
        pairs = torch.tensor([list(map(int, line.split("::"))) for line in Path(self.raw_paths[0]).read_text().split()])
        graph = rated()
        graph[RATES].edge_index = pairs.T.contiguous()
        self.save([graph], self.processed_paths[0])


def test_the_folder_of_one_of_pygs_datasets(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    pairs = rated()[RATES].edge_index.T.tolist()
    (tmp_path / "raw" / "ratings.dat").write_text("\n".join(f"{user}::{movie}" for user, movie in pairs))
    with pytest.raises(MissingFilesError, match=r"processed holds no graph: make the dataset once"):
        PyGDataset(root=str(tmp_path)).load()
    MovieLens(str(tmp_path))
    assert (tmp_path / "processed" / "pre_transform.pt").is_file()
    dataset = PyGDataset(root=str(tmp_path)).load()
    assert dataset.name == tmp_path.name and dataset.fingerprint() == from_pyg(rated()).fingerprint()
    (tmp_path / "processed" / "data_1.pt").write_bytes(b"")
    with pytest.raises(UserError, match=r"several graphs \(data\.pt, data_1\.pt\): name one by dataset\.file"):
        PyGDataset(root=str(tmp_path)).load()


def test_options_that_do_not_go_together() -> None:
    for options in ({}, {"file": "graph.pt", "root": "folder"}):
        with pytest.raises(UserError, match=r"needs either dataset\.file=GRAPH\.pt or dataset\.root=FOLDER"):
            PyGDataset(**options)


def test_nothing_in_a_file_is_executed(tmp_path: Path) -> None:
    marker = tmp_path / "executed"
    graph = rated()
    graph.extra = Touch(marker)
    path = saved(graph, tmp_path)
    with pytest.raises(UserError, match=r"graph\.pt is no graph that can be read safely \(it asks for "):
        PyGDataset(file=str(path)).load()
    assert not marker.exists()
    torch.load(path, weights_only=False)
    assert marker.exists(), "the file would have done it"


def test_the_class_of_a_dataset_is_never_made(tmp_path: Path) -> None:
    """PyG's own reader unpickles pre_transform.pt beside the graph, whatever it holds."""
    (tmp_path / "processed").mkdir()
    marker = tmp_path / "executed"
    torch.save(Touch(marker), tmp_path / "processed" / "pre_transform.pt")
    saved((rated().to_dict(), None, HeteroData), tmp_path).rename(tmp_path / "processed" / "data.pt")
    PyGDataset(root=str(tmp_path)).load()
    assert not marker.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (Data(x=torch.zeros(2, 2)), r"it asks for torch_geometric\.data\.data Data"),
        ({"a": 1}, r"it holds a dict instead of a HeteroData"),
        ((rated().to_dict(), {"x": torch.tensor([0, 1, 2])}, HeteroData), r"it holds many graphs"),
        ((1, None), r"it holds a int instead"),
        ([], r"it holds a list instead"),
    ],
)
def test_files_with_something_else(content: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        PyGDataset(file=str(saved(content, tmp_path))).load()


def test_files_that_are_damaged_or_absent(tmp_path: Path) -> None:
    with pytest.raises(MissingFilesError, match=r"graph\.pt is missing: write it with torch\.save"):
        PyGDataset(file=str(tmp_path / "graph.pt")).load()
    path = saved(rated(), tmp_path)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(UserError, match=r"graph\.pt is no graph that can be read"):
        PyGDataset(file=str(path)).load()
    graph = rated()
    vars(graph)["_node_store_dict"] = {"user": 1, "movie": 2}
    with pytest.raises(UserError, match=r"graph\.pt is (damaged|no graph)"):
        PyGDataset(file=str(saved(graph, tmp_path))).load()


def test_the_rules_of_every_dataset_hold(tmp_path: Path) -> None:
    held_out = torch.tensor([[0], [0]])
    graph = rated(val_edge_label_index=held_out, test_edge_label_index=held_out)
    with pytest.raises(UserError, match=r"1 interactions are in both train and val"):
        PyGDataset(file=str(saved(graph, tmp_path))).load()
