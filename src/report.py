"""Make tables, figures and a page of finished runs: ``python src/report.py runs=outputs/...``."""

from rlmrec.cli.report import run

if __name__ == "__main__":
    run()
