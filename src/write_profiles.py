"""Write profiles of all items, then of all users: ``python src/write_profiles.py folder=... llm=openai``."""

from rlmrec.cli.write_profiles import run

if __name__ == "__main__":
    run()
