"""Nearest neighbours of items or users: ``python src/similar.py run=outputs/... items=[Dune]``."""

from rlmrec.cli.similar import run

if __name__ == "__main__":
    run()
