"""A trained run as files for other programs: ``python src/export.py run=outputs/... to=folder``."""

from rlmrec.cli.export import run

if __name__ == "__main__":
    run()
