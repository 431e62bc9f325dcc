"""``python -m rlmrec``: the console script."""

from rlmrec.cli.app import main

if __name__ == "__main__":
    main()
