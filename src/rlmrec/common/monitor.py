"""The default validation metric for selecting weights."""

MONITOR = "val/recall@20"
