"""Several processes at work: locks, what killed ones leave, and signals."""
