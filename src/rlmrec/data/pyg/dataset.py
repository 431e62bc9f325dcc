"""Training on a graph of PyTorch Geometric in a file."""

from dataclasses import replace
from pathlib import Path

from rlmrec.common.errors import MissingFilesError, UserError, one_line
from rlmrec.common.option_types import Seed
from rlmrec.data.dataset import Dataset
from rlmrec.data.pyg.files import read_graphs
from rlmrec.data.pyg.from_graph import from_pyg
from rlmrec.data.validation import validate

BESIDE = ("pre_transform.pt", "pre_filter.pt")
"""Attributes that the classes of ``torch_geometric.datasets`` keep beside their graph."""


class PyGDataset:
    """A bipartite graph of PyTorch Geometric, in a file or in the folder of a ``torch_geometric.datasets`` class.

    The file is read with ``torch.load(weights_only=True)``: nothing in it is executed. The class of a dataset is never
    made here, since making it unpickles files of its folder, which execute what they like.

    Args:
        file: what ``torch.save`` wrote: a ``HeteroData``, such as ``Dataset.to_pyg`` returns, or the three graphs of
            ``RandomLinkSplit``.
        root: instead of a file, the folder that was the ``root`` of a ``torch_geometric.datasets`` class, such as
            ``MovieLens1M``; the class must have been made once, so that its ``processed`` folder is filled.
        edge_type: source (users), relation and destination (items), such as ``user``, ``rates``, ``movie``; by default
            the only one that starts at ``user``.
        name: of the dataset; the graph's, or that of file or folder, by default.
        seed: of the random split, where the graph names no validation or test edges.
        allow_empty_training_rows: accept users without training interactions.

    Raises:
        UserError: if neither a file nor a folder is given, or both are.

    Examples:
        >>> dataset = PyGDataset(file="graph.pt").load()
    """

    def __init__(
        self,
        file: str | None = None,
        root: str | None = None,
        edge_type: tuple[str, str, str] | None = None,
        name: str | None = None,
        seed: Seed = 0,
        allow_empty_training_rows: bool = False,
    ) -> None:
        if (file is None) == (root is None):
            raise UserError("dataset=pyg needs either dataset.file=GRAPH.pt or dataset.root=FOLDER of a PyG dataset")
        self.file = file
        self.root = root
        self.edge_type = edge_type
        self.name = name
        self.seed = seed
        self.allow_empty_training_rows = allow_empty_training_rows

    def load(self) -> Dataset:
        """Return the validated dataset; see ``from_pyg`` for what a graph may hold.

        Raises:
            UserError: names the file that is missing or damaged, and what in it is wrong.
        """
        path = Path(self.file) if self.file is not None else processed_file(Path(str(self.root)))
        graphs = read_graphs(path)
        name = self.name or (None if hasattr(graphs[0], "name") else Path(self.root or path.stem).name)
        try:
            dataset = from_pyg(graphs, self.edge_type, name, self.seed, source=str(path))
        except (AttributeError, TypeError, KeyError, IndexError, ValueError) as error:  # parts are something else
            raise UserError(f"{path} is damaged: {one_line(error)}") from None
        embedded = (path,) if dataset.user_embeddings is not None else ()
        dataset = replace(dataset, files=(path,), embedding_files=embedded)
        validate(dataset, self.allow_empty_training_rows)
        return dataset


def processed_file(root: Path) -> Path:
    """Return the file of the graph in the folder of a ``torch_geometric.datasets`` class.

    Raises:
        UserError: if there is none, or more than one; says how to make or name it.
    """
    folder = root / "processed"
    found = sorted(path for path in folder.glob("*.pt") if path.name not in BESIDE)
    if not found:
        raise MissingFilesError(
            f"{folder} holds no graph: make the dataset once, in a Python of its own, such as "
            f"torch_geometric.datasets.MovieLens1M({str(root)!r}), and train on it then"
        )
    if len(found) > 1:
        listed = ", ".join(path.name for path in found)
        raise UserError(f"{folder} holds several graphs ({listed}): name one by dataset.file instead of dataset.root")
    return found[0]
