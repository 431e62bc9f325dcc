"""Any graph neural network of PyTorch Geometric."""

import copy
import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import torch
from pydantic import PositiveInt
from torch import Tensor, nn
from torch_geometric.nn.inits import reset

from rlmrec.backbones.base import Backbone, Encoding
from rlmrec.common.errors import UserError, one_line
from rlmrec.graph import Graph, Interactions

Combine = Literal["last", "mean", "sum"]


class PyG(Backbone):
    """Fey and Lenssen, "Fast Graph Representation Learning with PyTorch Geometric" (2019): its networks, with BPR.

    ``gnn`` is either a model with several layers (``GCN``, ``GraphSAGE``, ``GAT``, ``GIN``), which handles activations,
    normalisation and dropout itself, or a single convolution (``LGConv``, ``GCNConv``, ...), which is stacked with
    nothing in between, as in LightGCN. It is called with those of ``in_channels``, ``hidden_channels``,
    ``out_channels``, ``channels`` and ``num_layers`` that its signature has and that are not set yet; all widths are
    the embedding dimension. Its ``forward`` must take ``x`` and ``edge_index``. Edges connect users and items in both
    directions; nodes are users first.

    Dropout acts in training passes only. Batch normalisation keeps the running statistics of training passes, which are
    stored with the weights.

    L2 covers parameters with two or more dimensions: initial embeddings, weight matrices, attention vectors. It leaves
    out biases and the scales and shifts of normalisation, which none of the published models here has.

    Args:
        interactions: the training interactions.
        gnn: class of ``torch_geometric.nn``, or a partial of one with its own options.
        embedding_dim: width ``d`` of initial embeddings and layers.
        num_layers: number of layers of a model, or number of stacked convolutions.
        combine: node embeddings ``(N, D)``: the ``last`` layer, or the ``mean`` or ``sum`` of the initial embeddings
            and all layers. A model counts as one layer.

    Raises:
        UserError: if ``gnn`` cannot be built, or does not map node features and edges to node embeddings.

    Examples:
        >>> backbone = PyG(interactions, partial(torch_geometric.nn.GraphSAGE, norm="batch_norm", dropout=0.1))
        >>> backbone.embed().shape
        torch.Size([3165, 32])
    """

    def __init__(
        self,
        interactions: Interactions,
        gnn: Callable[..., nn.Module],
        embedding_dim: PositiveInt = 32,
        num_layers: PositiveInt = 2,
        combine: Combine = "last",
    ) -> None:
        super().__init__(interactions, embedding_dim)
        self.graph = Graph.from_interactions(interactions)
        self.combine = combine
        self.layers = nn.ModuleList()
        widths = [embedding_dim]
        for _ in range(1 if "num_layers" in inspect.signature(gnn).parameters else num_layers):
            self.layers.append(_made(gnn, widths[-1], embedding_dim, num_layers))
            widths.append(_output_width(self.layers[-1], widths[-1]))
        if combine != "last" and len(set(widths)) > 1:
            raise UserError(f"backbone.combine={combine}: the layers are {widths} wide, so only last is possible")
        self.width = widths[-1]

    @property
    def output_dim(self) -> int:
        return self.width

    def encode(self, initial: Tensor) -> Encoding:
        return Encoding(self._node_embeddings(initial))

    def embed(self) -> Tensor:
        # Lightning evaluates in inference mode, in which an EdgeIndex cannot be used.
        with torch.inference_mode(False), torch.no_grad(), _evaluation_mode(self.layers):
            return self._node_embeddings(self.initial_embeddings)

    def regularised_parameters(self) -> Iterable[nn.Parameter]:
        return (parameter for parameter in self.parameters() if parameter.dim() > 1)

    def _node_embeddings(self, initial: Tensor) -> Tensor:
        layers = [initial]
        for layer in self.layers:
            layers.append(layer(layers[-1], self.graph.edge_index).to(initial.dtype))  # half precision ends here
        if self.combine == "last":
            return layers[-1]
        total = torch.stack(layers).sum(0)
        return total / len(layers) if self.combine == "mean" else total


def _made(gnn: Callable[..., nn.Module], in_channels: int, channels: int, num_layers: int) -> nn.Module:
    """Return a new layer or model with weights of its own, initialised from the global seed.

    Raises:
        UserError: if ``gnn`` rejects the arguments.
    """
    fitting = dict.fromkeys(("hidden_channels", "out_channels", "channels"), channels)
    fitting |= {"in_channels": in_channels, "num_layers": num_layers}
    wanted = inspect.signature(gnn).parameters.keys() - getattr(gnn, "keywords", {}).keys()
    try:
        # Modules among its options, such as the network in GINConv, are shared by all layers: copy and reset them.
        made = copy.deepcopy(gnn(**{name: value for name, value in fitting.items() if name in wanted}))
        reset(made)
    except Exception as error:  # networks may raise any exception
        given = "its own options are given as +backbone.gnn.NAME=VALUE"
        raise UserError(f"backbone.gnn={_name(gnn)}: {one_line(error)} ({given})") from None
    if not isinstance(made, nn.Module):
        raise UserError(f"backbone.gnn={_name(gnn)} is no module: choose a class of torch_geometric.nn, e.g. GraphSAGE")
    return made


def _output_width(layer: nn.Module, width: int) -> int:
    """Return the width of a layer's output for ``width`` input features, determined on a graph of two nodes.

    Raises:
        UserError: if it does not return node embeddings.
    """
    takes = inspect.signature(layer.forward).parameters
    if not {"x", "edge_index"} <= takes.keys():
        raise UserError(
            f"backbone.gnn={_name(layer)} takes {', '.join(takes)} instead of x and edge_index: choose a convolution "
            "or model of node features, e.g. torch_geometric.nn.GraphSAGE"
        )
    trial = copy.deepcopy(layer).eval()  # layers may cache the graph that they see
    try:
        with torch.no_grad():
            made: Any = trial(torch.zeros(2, width), torch.tensor([[0, 1], [1, 0]]))
    except Exception as error:  # networks may raise any exception
        raise UserError(f"backbone.gnn={_name(layer)} fails on a small graph: {one_line(error)}") from None
    if not isinstance(made, Tensor) or made.dim() != 2 or len(made) != 2:
        raise UserError(f"backbone.gnn={_name(layer)} returns something else than an embedding for each node")
    return made.shape[1]


def _name(gnn: Any) -> str:
    made = getattr(gnn, "func", gnn)
    return str(getattr(made, "__name__", type(made).__name__))


@contextmanager
def _evaluation_mode(module: nn.Module) -> Iterator[None]:
    """Put a module and its submodules into evaluation mode, and restore the mode of each afterwards."""
    modes = {part: part.training for part in module.modules()}
    module.eval()
    try:
        yield
    finally:
        for part, training in modes.items():
            part.training = training
