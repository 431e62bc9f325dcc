"""The command line: entry points, help, one-line errors, and bookkeeping of sweeps."""
