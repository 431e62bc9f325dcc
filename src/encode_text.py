"""Encode the profiles of a dataset folder: ``python src/encode_text.py folder=... encoder=minilm``."""

from rlmrec.cli.encode_text import run

if __name__ == "__main__":
    run()
