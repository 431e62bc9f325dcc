"""Save a W&B workspace for the runs of a project: ``python src/dashboard.py entity=...``."""

from rlmrec.cli.dashboard import run

if __name__ == "__main__":
    run()
