"""From raw data to a dataset folder with splits."""
