"""The validation metric that selects the weights, unless something else is asked for."""

MONITOR = "val/recall@20"
