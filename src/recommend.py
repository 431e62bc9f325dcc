"""Lists of items for users: ``python src/recommend.py run=outputs/... users=[reader-1]``."""

from rlmrec.cli.recommend import run

if __name__ == "__main__":
    run()
