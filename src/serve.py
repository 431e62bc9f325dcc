"""A trained run behind an HTTP interface, and a page: ``python src/serve.py run=outputs/...``."""

from rlmrec.cli.serve import run

if __name__ == "__main__":
    run()
