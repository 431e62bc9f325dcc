"""Test the recommendations of any tool: ``python src/score.py recommendations=lists.parquet dataset=...``."""

from rlmrec.cli.score import run

if __name__ == "__main__":
    run()
