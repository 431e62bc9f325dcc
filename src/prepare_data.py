"""Make a dataset folder from raw data: ``python src/prepare_data.py source.interactions=... out=...``."""

from rlmrec.cli.prepare_data import run

if __name__ == "__main__":
    run()
