"""A dataset from the file of a PyTorch Geometric graph."""

from dataclasses import replace
from pathlib import Path

from rlmrec.common.errors import MissingFilesError, UserError, one_line
from rlmrec.common.option_types import Seed
from rlmrec.data.dataset import Dataset
from rlmrec.data.pyg.files import read_graphs
from rlmrec.data.pyg.from_graph import from_pyg
from rlmrec.data.validation import validate

BESIDE = ("pre_transform.pt", "pre_filter.pt")
"""Files that the classes of ``torch_geometric.datasets`` store next to the graph."""


class PyGDataset:
    """A bipartite PyTorch Geometric graph, from a file or the folder of a ``torch_geometric.datasets`` class.

    The file is read with ``torch.load(weights_only=True)``, which executes nothing in it. The dataset class itself is
    never instantiated, since it unpickles files of its folder, which may execute arbitrary code.

    Args:
        file: file written by ``torch.save``: a ``HeteroData``, such as the result of ``Dataset.to_pyg``, or the three
            graphs of ``RandomLinkSplit``.
        root: alternatively, the ``root`` folder of a ``torch_geometric.datasets`` class such as ``MovieLens1M``, which
            must have been instantiated once to fill its ``processed`` folder.
        edge_type: source (users), relation and destination (items), such as ``user``, ``rates``, ``movie``; by default,
            the only edge type that starts at ``user``.
        name: name of the dataset; by default, that of the graph, file or folder.
        seed: seed of the random split, for graphs without validation or test edges.
        allow_empty_training_rows: whether to accept users without training interactions.

    Raises:
        UserError: if not exactly one of file and folder is given.

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
        """Return the validated dataset; see ``from_pyg`` for the expected graph.

        Raises:
            UserError: if the file is missing, damaged or inconsistent; names it and the problem.
        """
        path = Path(self.file) if self.file is not None else processed_file(Path(str(self.root)))
        graphs = read_graphs(path)
        name = self.name or (None if hasattr(graphs[0], "name") else Path(self.root or path.stem).name)
        try:
            dataset = from_pyg(graphs, self.edge_type, name, self.seed, source=str(path))
        except (AttributeError, TypeError, KeyError, IndexError, ValueError) as error:  # attributes of unexpected types
            raise UserError(f"{path} is damaged: {one_line(error)}") from None
        embedded = (path,) if dataset.user_embeddings is not None else ()
        dataset = replace(dataset, files=(path,), embedding_files=embedded)
        validate(dataset, self.allow_empty_training_rows)
        return dataset


def processed_file(root: Path) -> Path:
    """Return the file of the graph in the folder of a ``torch_geometric.datasets`` class.

    Raises:
        UserError: if there is not exactly one; says how to make or name it.
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
