"""Interactions, graphs of users and items, batches, and propagation on the graphs."""

from rlmrec.graph.batch import Batch, EvaluationBatch
from rlmrec.graph.graph import Graph
from rlmrec.graph.interactions import Interactions
from rlmrec.graph.neighbour_sampling import sampled_layers

__all__ = ["Batch", "EvaluationBatch", "Graph", "Interactions", "sampled_layers"]
