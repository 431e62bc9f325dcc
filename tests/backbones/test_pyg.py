"""Networks of PyTorch Geometric as backbones, beside the same networks used by hand."""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
import torch_geometric.nn as gnn
from torch import Tensor, nn

import parts
from rlmrec.aligners import NoAlignment
from rlmrec.backbones import LightGCN, PyG
from rlmrec.common.errors import UserError
from rlmrec.options.validate_options import validate_options
from rlmrec.runs.stored_options import refuse_foreign_targets
from rlmrec.training.recommender import Recommender


def build(network: Callable[..., nn.Module], **options: Any) -> PyG:
    torch.manual_seed(0)
    return PyG(parts.interactions(isolated=1), network, **{"embedding_dim": 8} | options)


def edges(backbone: PyG | LightGCN) -> Tensor:
    """Both directions of every interaction, as a plain tensor in another order."""
    pairs = parts.interactions(isolated=1)
    one_way = torch.stack([pairs.users, pairs.items + pairs.num_users])
    both_ways = torch.cat([one_way, one_way.flip(0)], dim=1).unique(dim=1)
    return both_ways[:, torch.randperm(both_ways.shape[1])]


@pytest.mark.parametrize("as_edge_index", [True, False])
@pytest.mark.parametrize("num_layers", [1, 3])
def test_our_lightgcn_and_that_of_pyg_make_the_same_of_the_same_weights(num_layers: int, as_edge_index: bool) -> None:
    torch.manual_seed(0)
    ours = LightGCN(parts.interactions(isolated=1), embedding_dim=8, num_layers=num_layers)
    theirs = gnn.LightGCN(ours.graph.num_nodes, 8, num_layers, alpha=1.0)  # layers are summed (quirk Q7)
    theirs.embedding.weight = ours.initial_embeddings
    found = theirs.get_embedding(ours.graph.edge_index if as_edge_index else edges(ours))
    torch.testing.assert_close(found, ours.embed())


def test_their_convolution_is_our_lightgcn() -> None:
    torch.manual_seed(0)
    ours = LightGCN(parts.interactions(isolated=1), embedding_dim=8, num_layers=3)
    theirs = build(gnn.LGConv, num_layers=3, combine="sum")
    assert torch.equal(theirs.initial_embeddings, ours.initial_embeddings), "the same seed gives the same first weights"
    torch.testing.assert_close(theirs.embed(), ours.embed())
    torch.testing.assert_close(build(gnn.LGConv, num_layers=3, combine="mean").embed(), ours.embed() / 4)


@pytest.mark.parametrize("network", [gnn.GCN, gnn.GraphSAGE, gnn.GAT, gnn.GIN])
def test_a_model_sees_the_initial_embeddings_and_both_directions(network: Any) -> None:
    backbone = build(network, num_layers=3)
    (model,) = backbone.layers
    assert type(model) is network and model.num_layers == 3
    assert (model.in_channels, model.hidden_channels, model.out_channels) == (8, 8, 8)
    expected = model(backbone.initial_embeddings, edges(backbone))
    torch.testing.assert_close(backbone.embed(), expected)
    torch.testing.assert_close(backbone.encode(backbone.initial_embeddings).nodes, expected)


def test_a_convolution_is_stacked() -> None:
    backbone = build(gnn.GCNConv, num_layers=2)
    first, second = backbone.layers
    assert not torch.equal(first.lin.weight, second.lin.weight)
    once = first(backbone.initial_embeddings, edges(backbone))
    torch.testing.assert_close(backbone.embed(), second(once, edges(backbone)))


def test_widths_follow_what_the_layers_make() -> None:
    backbone = build(partial(gnn.GATConv, heads=3), num_layers=2)
    assert [layer.in_channels for layer in backbone.layers] == [8, 24]
    assert backbone.output_dim == 24 and backbone.embed().shape == (72, 24)
    assert build(partial(gnn.GraphSAGE, hidden_channels=5, out_channels=6)).output_dim == 6
    assert build(partial(gnn.GCN, num_layers=4)).layers[0].num_layers == 4
    with pytest.raises(UserError, match=r"backbone\.combine=mean: the layers are \[8, 24, 24\] wide"):
        build(partial(gnn.GATConv, heads=3), num_layers=2, combine="mean")


def test_dropout_acts_in_training_passes_only() -> None:
    backbone = build(partial(gnn.GraphSAGE, dropout=0.5))
    initial = backbone.initial_embeddings
    first, second = (backbone.encode(initial).nodes for _ in range(2))
    assert not torch.equal(first, second)
    assert torch.equal(backbone.embed(), backbone.embed())
    backbone.eval()
    assert torch.equal(backbone.encode(initial).nodes, backbone.embed())


def test_parts_that_were_frozen_stay_so_after_an_evaluation() -> None:
    backbone = build(partial(gnn.GCN, norm="batch_norm"))
    norm = backbone.layers[0].norms[0].eval()
    backbone.embed()
    assert not norm.training and backbone.layers[0].training


def test_statistics_of_normalisation_follow_training_and_are_used_in_evaluation() -> None:
    backbone = build(partial(gnn.GCN, norm="batch_norm"))
    before = backbone.embed()
    for _ in range(100):  # a tenth of the way each
        backbone.encode(backbone.initial_embeddings)
    after = backbone.embed()
    assert not torch.allclose(after, before)
    model = backbone.layers[0]
    conv_of_first = model.convs[0](backbone.initial_embeddings, edges(backbone))
    torch.testing.assert_close(model.norms[0].module.running_mean, conv_of_first.mean(0))
    torch.testing.assert_close(after, backbone.encode(backbone.initial_embeddings).nodes, rtol=0.1, atol=0.01)


def test_networks_within_a_network_are_copied_and_follow_the_seed() -> None:
    """A configuration makes them once and before the seed is set."""
    network = partial(gnn.GINConv, nn=gnn.MLP([8, 8, 8]), train_eps=True)
    backbone, again = build(network), build(network)
    first, second = (layer.nn.lins[0].weight for layer in backbone.layers)
    assert first is not second and not torch.equal(first, second)
    assert all(map(torch.equal, backbone.state_dict().values(), again.state_dict().values()))
    assert first is not again.layers[0].nn.lins[0].weight


def test_a_layer_that_keeps_its_graph_keeps_the_right_one() -> None:
    plain, cached = (build(partial(gnn.GCNConv, cached=cached)) for cached in (False, True))
    with torch.inference_mode():  # as Lightning evaluates
        assert torch.equal(cached.embed(), plain.embed())
    cached.encode(cached.initial_embeddings).nodes.sum().backward()
    assert cached.initial_embeddings.grad is not None


def test_l2_covers_matrices_and_neither_biases_nor_normalisation() -> None:
    backbone = build(partial(gnn.GIN, norm="batch_norm", train_eps=True))
    named = dict(backbone.named_parameters())
    covered = {id(parameter) for parameter in backbone.regularised_parameters()}
    names = {name for name, parameter in named.items() if id(parameter) in covered}
    assert names == {"initial_embeddings", *(name for name in named if name.endswith("weight") and "norm" not in name)}
    assert len(named) > len(names) > 3
    model = Recommender(backbone, NoAlignment(), torch.optim.SGD, {}, 0, reg_weight=0.5)
    reg = model.loss_terms(parts.batch(), 0)["reg"]
    assert reg.item() == pytest.approx(0.5 * sum(named[name].square().sum().item() for name in names), rel=1e-5)


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (
            partial(gnn.LightGCN, num_nodes=3, embedding_dim=8),
            r"LightGCN takes edge_index, .* instead of x and edge_index",
        ),
        (gnn.MLP, r"MLP takes x, .* instead of x and edge_index"),
        (partial(gnn.GCN, nonsense=1), r"gnn=GCN: .*nonsense"),
        (partial(gnn.GAT, heads=3), r"gnn=GAT: .*heads"),
        (gnn.global_mean_pool, r"gnn=global_mean_pool"),
        (gnn.GCN2Conv, r"gnn=GCN2Conv: .*alpha"),
        (partial(gnn.GCN2Conv, alpha=0.1), r"gnn=GCN2Conv fails on a small graph: .*edge_index"),
        (partial(gnn.SAGPooling, ratio=0.5), r"gnn=SAGPooling returns something else than an embedding for each node"),
    ],
)
def test_what_does_not_suit_is_named(network: Any, message: str) -> None:
    with pytest.raises(UserError, match=rf"backbone\.{message}|backbone\.gnn={message}"):
        build(network)


def options(target: str = "torch_geometric.nn.GAT", **more: Any) -> dict[str, Any]:
    network = {"_target_": target, "_partial_": True, **more}
    return {"backbone": parts.options("backbone", "pyg") | {"gnn": network}}


def test_options_of_a_network_are_checked_before_any_work() -> None:
    validate_options(options(dropout=0.1, norm="batch_norm", jk="cat", heads=2))
    for wrong in ({"dropout": "much"}, {"num_layers": "two"}, {"act_first": 3}):
        (name,) = wrong
        with pytest.raises(UserError, match=rf"backbone\.gnn\.{name}="):
            validate_options(options(**wrong))
    with pytest.raises(UserError, match=r"backbone\.combine='some'"):
        validate_options({"backbone": options()["backbone"] | {"combine": "some"}})


def test_a_stored_configuration_may_name_any_network() -> None:
    for name in ("GraphSAGE", "GCN", "GAT", "GIN", "LGConv", "GATv2Conv", "SAGEConv"):
        refuse_foreign_targets(options(f"torch_geometric.nn.{name}"), "config.yaml")
    with pytest.raises(UserError, match="nothing was executed"):
        refuse_foreign_targets(options("torch_geometric.nn.Sequential", input_args="x: print(1)"), "config.yaml")


def test_every_convolution_and_model_that_takes_nodes_and_edges_works() -> None:
    """All of torch_geometric.nn whose constructor needs nothing but widths: none fails in an unforeseen way."""
    worked, refused = [], {}
    for name in [*gnn.conv.__all__, "GCN", "GraphSAGE", "GIN", "GAT", "EdgeCNN", "PMLP", "SGFormer"]:
        network = getattr(gnn, name)
        if not inspect.isclass(network):
            continue
        try:
            backbone = build(network)
        except UserError as error:
            refused[name] = str(error)
            continue
        assert backbone.embed().shape == (72, backbone.output_dim)
        worked.append(name)
    assert {"GCNConv", "SAGEConv", "GATConv", "GATv2Conv", "TransformerConv", "LGConv", "GraphConv", "SGConv"} <= set(
        worked
    )
    assert len(worked) > 25, refused
    assert all(message.startswith("backbone.gnn=") for message in refused.values())
