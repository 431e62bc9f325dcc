"""Train and test a recommender: ``python src/train.py backbone=lightgcn align=contrastive``."""

from rlmrec.cli.train import run

if __name__ == "__main__":
    run()
