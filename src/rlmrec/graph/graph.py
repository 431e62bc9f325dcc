"""Graphs and sparse propagation on them."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import pad
from torch_geometric import EdgeIndex
from torch_geometric.utils import add_self_loops, coalesce, degree, index_to_mask
from torch_geometric.utils.sparse import index2ptr

from rlmrec.graph.interactions import Interactions


class Graph(nn.Module):
    """A weighted graph whose *pattern* is symmetric, kept in CSR form.

    Row ``r`` receives from column ``c``: ``out[r] += weight[r, c] * x[c]``. Since the pattern is symmetric, the
    transposed matrix needed by the backward pass is the same pattern with permuted values, so nothing is rebuilt
    when values change. Tensors are non-persistent buffers: they follow ``.to(device)`` and stay out of checkpoints.

    Args:
        edge_index: distinct edges with a symmetric pattern, ``(2, E)``.
        num_nodes: number of nodes ``N``.
        weight: value of each edge in the order of ``edge_index`` sorted by row then column, ``(E,)``; symmetric
            normalisation ``1 / sqrt(deg(r) deg(c))`` if left out.
        capacity: number of edges that the tensors have room for, so that shapes do not depend on the edges; the padding
            consists of loops on the last node, and ``is_edge (capacity,)`` is 1 for edges and 0 for padding.
    """

    row: Tensor
    col: Tensor
    rowptr: Tensor
    transpose: Tensor
    weight: Tensor
    is_edge: Tensor | None

    def __init__(
        self, edge_index: Tensor, num_nodes: int, weight: Tensor | None = None, capacity: int | None = None
    ) -> None:
        super().__init__()
        row, col = coalesce(edge_index, num_nodes=num_nodes)
        is_edge = None
        if capacity is not None:
            is_edge = pad(torch.ones(len(row), device=row.device), (0, capacity - len(row)))
            row, col = (pad(ids, (0, capacity - len(ids)), value=num_nodes - 1) for ids in (row, col))
        self.register_buffer("is_edge", is_edge, persistent=False)
        self.num_nodes = num_nodes
        # 32-bit indices halve the memory traffic and let the CPU kernel run without a conversion.
        self.register_buffer("row", row.int(), persistent=False)
        self.register_buffer("col", col.int(), persistent=False)
        self.register_buffer("rowptr", index2ptr(row, num_nodes).int(), persistent=False)
        # A stable sort keeps the padding apart from the last node's own loop.
        transpose = torch.argsort(col * num_nodes + row, stable=capacity is not None)
        self.register_buffer("transpose", transpose.int(), persistent=False)
        self.register_buffer("weight", self.normalised() if weight is None else weight, persistent=False)
        self._edge_index: EdgeIndex | None = None

    @classmethod
    def from_interactions(cls, interactions: Interactions, self_loops: bool = False) -> "Graph":
        """Return the symmetrically normalised training graph, with a self-loop on every node if ``self_loops``."""
        edge_index = interactions.edge_index()
        if self_loops:
            edge_index, _ = add_self_loops(edge_index, num_nodes=interactions.num_nodes)
        return cls(edge_index, interactions.num_nodes)

    @property
    def edge_index(self) -> EdgeIndex:
        """Return the edges for layers of PyTorch Geometric: source and target, sorted by target, ``(2, E)`` int64.

        Edge ``k`` leads from ``col[k]`` to ``row[k]`` and has weight ``weight[k]``. The object is cached until the
        graph is moved, and keeps the pointers of its CSR and CSC forms.
        """
        if self._edge_index is None:
            size = (self.num_nodes, self.num_nodes)
            with torch.inference_mode(False):  # training must be able to use edges that an evaluation built
                edges = torch.stack([self.col, self.row]).long()
                made = EdgeIndex(edges, sparse_size=size, sort_order="col", is_undirected=True)
                self._edge_index = made.fill_cache_()
        return self._edge_index

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> "Graph":
        """Move or convert the tensors, as for ``.to(device)``; the edge index is then rebuilt when needed."""
        self._edge_index = None
        return super()._apply(fn, recurse)

    def normalised(self, kept: Tensor | None = None, eps: float = 0.0) -> Tensor:
        """Return the symmetric normalisation over the kept edges.

        Args:
            kept: 1 for edges that count and 0 for the others, ``(E,)`` float; all edges count if left out.
            eps: constant added to every degree.

        Returns:
            ``1 / sqrt(deg(r) deg(c))`` on kept edges and 0 elsewhere, ``(E,)``.
        """
        kept = torch.ones_like(self.row, dtype=torch.get_default_dtype()) if kept is None else kept
        degrees = self.row_sum(kept) + eps
        inverse_sqrt = degrees.masked_fill(degrees == 0, torch.inf).rsqrt()  # a node without edges receives nothing
        return kept * inverse_sqrt[self.row] * inverse_sqrt[self.col]

    def row_sum(self, values: Tensor) -> Tensor:
        """Return the sum of edge values over each row: ``(E, ...)`` to ``(N, ...)``."""
        return values.new_zeros(self.num_nodes, *values.shape[1:]).index_add(0, self.row, values)

    def drop(self, keep_rate: float) -> Tensor:
        """Return the weights after dropping each directed edge with probability ``1 - keep_rate`` (quirk Q6), ``(E,)``.

        The weights are those of the full graph: neither renormalised nor divided by ``keep_rate``.
        """
        return self.weight * (torch.rand_like(self.weight) < keep_rate)

    def propagate(self, x: Tensor, weight: Tensor | None = None) -> Tensor:
        """Return the weighted sum over neighbours, differentiable in ``x`` and ``weight``.

        Args:
            x: node embeddings, ``(N, d)``.
            weight: edge values, ``(E,)``; by default the graph's own, which must be symmetric.

        Returns:
            ``(N, d)``.
        """
        if weight is None:
            return self.propagate_symmetric(x, self.weight)
        return _SparseProduct.apply(x, weight, self, weight.index_select(0, self.transpose))

    def propagate_symmetric(self, x: Tensor, weight: Tensor) -> Tensor:
        """Propagate as ``propagate`` does, for constant edge values that are equal in both directions."""
        return _SparseProduct.apply(x, weight, self, weight)

    def layer_sum(self, x: Tensor, num_layers: int, weight: Tensor | None = None) -> Tensor:
        """Return ``x + P x + ... + P^L x``, evaluated inside out (Horner), ``(N, d)``."""
        total = x
        for _ in range(num_layers):
            total = x + self.propagate(total, weight)
        return total

    def dot_product(self, x: Tensor, y: Tensor) -> Tensor:
        """Return ``<x_r, y_c>`` on every edge, ``(E,)``, differentiable in both."""
        return _EdgeProduct.apply(x, y, self)

    def matrix(self, weight: Tensor) -> Tensor:
        """Return the sparse CSR tensor ``(N, N)`` with these edge values."""
        size = (self.num_nodes, self.num_nodes)
        return torch.sparse_csr_tensor(self.rowptr, self.col, weight, size, check_invariants=False)

    def product(self, weight: Tensor, x: Tensor) -> Tensor:
        """Multiply the matrix of these edge values by ``x (N, d)``, without a gradient and never in half precision."""
        with torch.autocast(x.device.type, enabled=False):
            return self.matrix(weight) @ x

    def sampled_product(self, x: Tensor, y: Tensor) -> Tensor:
        """Return the entries of ``x @ y.T`` on the edges, ``(E,)``, without a gradient and without gathering rows."""
        with torch.autocast(x.device.type, enabled=False):
            return torch.sparse.sampled_addmm(self.matrix(self.weight), x, y.T, beta=0.0).values()

    def touching(self, nodes: Tensor) -> Tensor:
        """Return a mask of the edges with an end point among the given node ids, ``(E,)`` bool."""
        mask = index_to_mask(nodes, self.num_nodes)
        return mask[self.row] | mask[self.col]

    def degree(self) -> Tensor:
        """Return the number of entries in each row, ``(N,)`` float."""
        return degree(self.row.long(), self.num_nodes)


class _SparseProduct(torch.autograd.Function):
    """Sparse times dense; the backward pass reuses the symmetric pattern instead of transposing the matrix."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, graph: Graph, transposed: Tensor) -> Tensor:
        ctx.graph = graph
        ctx.save_for_backward(x if ctx.needs_input_grad[1] else None, transposed)
        return graph.product(weight, x)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        (grad,) = grads
        graph, (x, transposed) = ctx.graph, ctx.saved_tensors
        grad_x = graph.product(transposed, grad) if ctx.needs_input_grad[0] else None
        grad_weight = graph.sampled_product(grad, x) if ctx.needs_input_grad[1] else None
        return grad_x, grad_weight, None, None


class _EdgeProduct(torch.autograd.Function):
    """Dot products on edges; the backward pass is two sparse products instead of a sum over gathered rows."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor, graph: Graph) -> Tensor:
        ctx.graph = graph
        ctx.save_for_backward(x, y)
        return graph.sampled_product(x, y)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, None]:
        (grad,) = grads
        graph, (x, y) = ctx.graph, ctx.saved_tensors
        return graph.product(grad, y), graph.product(grad.index_select(0, graph.transpose), x), None
