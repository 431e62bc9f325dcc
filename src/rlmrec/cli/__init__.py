"""The command line: entry points, help, errors in one line, and what only Hydra sees of sweeps."""
