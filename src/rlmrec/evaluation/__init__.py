"""Evaluation: from trained embeddings to rankings, and from rankings to metrics."""

from rlmrec.evaluation.protocol import EvaluationProtocol

__all__ = ["EvaluationProtocol"]
