"""Interaction graphs against dense matrices and hand-computed weights."""

import math

import pytest
import torch
from torch import Tensor
from torch_geometric import EdgeIndex

import parts
from rlmrec.graph import Graph, Interactions

# User 2 and item 1 are isolated; one interaction is given twice.
USERS, ITEMS = torch.tensor([1, 0, 1, 1]), torch.tensor([0, 0, 2, 2])
SMALL = Interactions(USERS, ITEMS, num_users=3, num_items=3)
EDGES = [(0, 3), (1, 3), (1, 5), (3, 0), (3, 1), (5, 1)]
HALF = 1 / math.sqrt(2)


def random_graph(self_loops: bool = False) -> Graph:
    return Graph.from_interactions(parts.interactions(isolated=1), self_loops).double()


def asymmetric_weight(graph: Graph) -> Tensor:
    return torch.randn(len(graph.row), generator=torch.Generator().manual_seed(4), dtype=torch.float64)


def table(graph: Graph, width: int = 3) -> Tensor:
    return torch.randn(graph.num_nodes, width, generator=torch.Generator().manual_seed(5), dtype=torch.float64)


def dense(graph: Graph, weight: Tensor) -> Tensor:
    matrix = weight.new_zeros(graph.num_nodes, graph.num_nodes)
    return matrix.index_put((graph.row.long(), graph.col.long()), weight)


def test_edges_are_both_directions_of_distinct_interactions_in_order() -> None:
    assert SMALL.num_nodes == 6
    assert SMALL.edge_index().T.tolist() == [list(edge) for edge in EDGES]
    assert Graph.from_interactions(SMALL).edge_index.flip(0).T.tolist() == [list(edge) for edge in EDGES]


def test_weights_by_hand() -> None:
    graph = Graph.from_interactions(SMALL)
    assert graph.degree().tolist() == [1, 2, 0, 2, 0, 1]
    torch.testing.assert_close(graph.weight, torch.tensor([HALF, 0.5, HALF, HALF, 0.5, HALF]))


def test_loops_count_as_neighbours() -> None:
    graph = Graph.from_interactions(SMALL, self_loops=True)
    expected = dict.fromkeys([(0, 0), (5, 5)], 1 / 2) | dict.fromkeys([(2, 2), (4, 4)], 1.0)
    expected |= dict.fromkeys([(1, 1), (3, 3), (1, 3)], 1 / 3) | dict.fromkeys([(0, 3), (1, 5)], 1 / math.sqrt(6))
    expected |= {(col, row): weight for (row, col), weight in expected.items()}
    found = {(row, col): weight for row, col, weight in zip(*graph.edge_index.tolist(), graph.weight, strict=True)}
    assert found.keys() == expected.keys()
    assert all(found[edge].item() == pytest.approx(expected[edge]) for edge in expected)


def test_isolated_nodes_receive_and_send_nothing() -> None:
    x = torch.ones(6, 2, requires_grad=True)
    graph = Graph.from_interactions(SMALL)
    for weight in (None, graph.drop(0.5), torch.ones(6, requires_grad=True)):
        result = graph.propagate(x, weight)
        (grad,) = torch.autograd.grad(result.sum(), x)
        assert result.isfinite().all() and grad.isfinite().all()
        assert not result[[2, 4]].any() and not grad[[2, 4]].any()


@pytest.mark.parametrize("self_loops", [False, True])
@pytest.mark.parametrize("asymmetric", [False, True])
def test_propagation_is_the_dense_product(asymmetric: bool, self_loops: bool) -> None:
    graph = random_graph(self_loops)
    weight = asymmetric_weight(graph) if asymmetric else None
    x, outer = table(graph).requires_grad_(), table(graph).cos()
    matrix = dense(graph, graph.weight if weight is None else weight)
    assert torch.equal(matrix, matrix.T) != asymmetric
    result = graph.propagate(x, weight)
    torch.testing.assert_close(result, matrix @ x)
    torch.testing.assert_close(torch.autograd.grad(result, x, outer)[0], matrix.T @ outer)


@pytest.mark.parametrize("self_loops", [False, True])
def test_gradients_in_vectors_and_asymmetric_weights(self_loops: bool) -> None:
    graph = Graph.from_interactions(SMALL, self_loops).double()
    inputs = table(graph, 2).requires_grad_(), asymmetric_weight(graph).requires_grad_()
    assert torch.autograd.gradcheck(graph.propagate, inputs)
    assert torch.autograd.gradcheck(lambda x: graph.propagate(x), inputs[:1])
    assert torch.autograd.gradcheck(lambda x, weight: graph.layer_sum(x, 2, weight), inputs)


def test_a_constant_symmetric_weight_needs_no_transposing() -> None:
    graph, ones = random_graph(), torch.ones_like(random_graph().weight)
    x, outer = table(graph).requires_grad_(), table(graph).sin()
    result = graph.propagate_symmetric(x, ones)
    torch.testing.assert_close(result, dense(graph, ones) @ x)
    torch.testing.assert_close(torch.autograd.grad(result, x, outer)[0], dense(graph, ones).T @ outer)


@pytest.mark.parametrize("num_layers", [0, 1, 3])
@pytest.mark.parametrize("asymmetric", [False, True])
def test_layer_sum(num_layers: int, asymmetric: bool) -> None:
    graph, x = random_graph(), table(random_graph())
    weight = asymmetric_weight(graph) if asymmetric else None
    matrix = dense(graph, graph.weight if weight is None else weight)
    expected = sum(torch.linalg.matrix_power(matrix, power) @ x for power in range(num_layers + 1))
    torch.testing.assert_close(graph.layer_sum(x, num_layers, weight), expected)


def test_dropped_edges_keep_the_weights_of_the_full_graph() -> None:
    graph = random_graph()
    torch.manual_seed(0)
    kept = torch.stack([graph.drop(0.7) for _ in range(200)])
    assert ((kept == 0) | (kept == graph.weight)).all()
    share = (kept > 0).double()
    assert abs(share.mean() - 0.7) < 5 * math.sqrt(0.7 * 0.3 / share.numel())
    # Each direction is dropped on its own: about 0.7 * 0.3 twice of the pairs lose exactly one.
    mirrored = share[:, graph.transpose.long()]
    assert (share != mirrored).double().mean().item() == pytest.approx(2 * 0.7 * 0.3, abs=0.02)
    assert torch.equal(graph.drop(1.0), graph.weight)


@pytest.mark.parametrize("eps", [0.0, 1e-12, 0.5])
def test_normalisation_over_kept_edges(eps: float) -> None:
    graph = Graph.from_interactions(SMALL)
    kept = torch.tensor([0.0, 1.0, 1.0, 0.0, 1.0, 1.0])  # node 0 loses its only edge
    degrees = [sum(k for k, (row, _) in zip(kept.tolist(), EDGES, strict=True) if row == node) for node in range(6)]
    expected = [
        k and k / math.sqrt((degrees[row] + eps) * (degrees[col] + eps))
        for k, (row, col) in zip(kept.tolist(), EDGES, strict=True)
    ]
    torch.testing.assert_close(graph.normalised(kept, eps), torch.tensor(expected))


def test_edge_helpers() -> None:
    graph = Graph.from_interactions(SMALL)
    values, x, y = torch.arange(12.0).reshape(6, 2), torch.arange(12.0).reshape(6, 2), torch.ones(6, 2)
    assert graph.row_sum(values[:, 0]).tolist() == [0, 6, 0, 14, 0, 10]
    assert graph.row_sum(values).tolist() == [[0, 1], [6, 8], [0, 0], [14, 16], [0, 0], [10, 11]]
    assert graph.dot_product(x, y).tolist() == [sum(x[row].tolist()) for row, _ in EDGES]
    assert graph.dot_product(y, x).tolist() == [sum(x[col].tolist()) for _, col in EDGES]
    assert graph.touching(torch.tensor([0, 5])).tolist() == [True, False, True, True, False, True]
    assert not graph.touching(torch.tensor([2])).any()


def test_given_weights_follow_the_sorted_edges() -> None:
    graph = Graph(torch.tensor([[1, 0], [0, 1]]), 2, torch.tensor([2.0, 3.0]))
    assert graph.propagate(torch.tensor([[1.0], [10.0]])).tolist() == [[20.0], [3.0]]


def test_pairs_of_many_node_ids_do_not_overflow() -> None:
    num_nodes, random = 100_000, torch.Generator().manual_seed(0)
    users, items = torch.randint(num_nodes // 2, (2, 50), generator=random)
    graph = Graph.from_interactions(Interactions(users, items, num_nodes // 2, num_nodes // 2)).double()
    weight, x, outer = asymmetric_weight(graph), table(graph, 1).requires_grad_(), table(graph, 1).cos()
    result = graph.propagate(x, weight)
    expected, expected_grad = torch.zeros_like(result), torch.zeros_like(result)
    for (col, row), value in zip(graph.edge_index.T.tolist(), weight, strict=True):
        expected[row] += value * x[col].detach()
        expected_grad[col] += value * outer[row]
    torch.testing.assert_close(result, expected)
    torch.testing.assert_close(torch.autograd.grad(result, x, outer)[0], expected_grad)


def test_the_edge_index_is_what_layers_of_pyg_expect() -> None:
    graph = random_graph()
    edges = graph.edge_index
    assert isinstance(edges, EdgeIndex) and edges.validate() is edges
    assert edges.is_sorted_by_col and edges.is_undirected and edges.sparse_size() == (graph.num_nodes,) * 2
    assert torch.equal(edges.as_tensor(), torch.stack([graph.col, graph.row]).long())
    (pointers, sources), _ = edges.get_csc()
    assert torch.equal(pointers, graph.rowptr.long()) and torch.equal(sources, graph.col.long())
    product = edges.matmul(table(graph), input_value=graph.weight, transpose=True)
    torch.testing.assert_close(product, graph.propagate(table(graph)))


def test_the_edge_index_is_made_once_and_again_where_the_graph_is_moved() -> None:
    graph = Graph.from_interactions(SMALL)
    edges = graph.edge_index
    assert graph.edge_index is edges
    moved = graph.to("meta")
    assert moved.edge_index.device.type == "meta" and moved.edge_index is not edges


def test_an_edge_index_that_an_evaluation_asked_for_first_serves_training() -> None:
    graph, x = Graph.from_interactions(SMALL), torch.ones(6, 2, requires_grad=True)
    with torch.inference_mode():
        first = graph.edge_index
    assert not first.is_inference() and not first.as_tensor().is_inference()
    x.index_select(0, graph.edge_index[0]).sum().backward()
    assert x.grad is not None and x.grad[0].tolist() == [1, 1]


def test_buffers_move_along_and_are_not_stored() -> None:
    graph = Graph.from_interactions(SMALL)
    assert not graph.state_dict()
    moved = graph.to("meta")
    constants = (moved.row, moved.col, moved.rowptr, moved.transpose, moved.weight)
    assert {tensor.device.type for tensor in constants} == {"meta"}
    assert random_graph().weight.dtype == torch.float64
