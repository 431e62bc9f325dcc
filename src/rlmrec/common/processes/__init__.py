"""Coordination between processes: locks, leftovers of killed processes, and signals."""
