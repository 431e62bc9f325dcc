"""Test the best weights of a run again: ``python src/evaluate.py run=outputs/...``."""

from rlmrec.cli.evaluate import run

if __name__ == "__main__":
    run()
