"""Lists of a run, reordered by a language model: ``python src/rerank.py run=outputs/... dry_run=true``."""

from rlmrec.cli.rerank import run

if __name__ == "__main__":
    run()
