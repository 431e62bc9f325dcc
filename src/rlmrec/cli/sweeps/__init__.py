"""Bookkeeping of sweeps: their folders, failures, GPUs and summaries."""
