"""Reranking of a trained model's lists by a language model."""
