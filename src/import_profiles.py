"""Put profiles of your own into a dataset folder: ``python src/import_profiles.py folder=... users=profiles.csv``."""

from rlmrec.cli.import_profiles import run

if __name__ == "__main__":
    run()
