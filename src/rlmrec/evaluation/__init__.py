"""How trained embeddings become rankings, and rankings become metrics."""

from rlmrec.evaluation.protocol import EvaluationProtocol

__all__ = ["EvaluationProtocol"]
