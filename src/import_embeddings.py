"""Put vectors of your own into a dataset folder: ``python src/import_embeddings.py folder=... users=vectors.npz``."""

from rlmrec.cli.import_embeddings import run

if __name__ == "__main__":
    run()
