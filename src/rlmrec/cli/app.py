"""The console script ``rlmrec``, with one subcommand for each entry point."""

import sys
from importlib import import_module

from rlmrec import __version__

COMMANDS = {
    "train": "train to the early stop on validation, and test the best weights once",
    "evaluate": "test the best weights of a run again",
    "score": "test the recommendations of any tool",
    "recommend": "lists of items for users, by id and title",
    "similar": "nearest neighbours of items or users",
    "rerank": "lists of a run in an order that a language model gives them",
    "serve": "a trained model behind an HTTP interface, and a page",
    "export": "a trained model as files for other programs",
    "report": "tables, figures and a page of finished runs",
    "prepare-data": "from raw data to a dataset folder with splits",
    "write-profiles": "profiles of items and users, by a language model or a template",
    "encode-text": "profiles to embeddings",
    "import-profiles": "profiles of your own into a dataset folder",
    "import-embeddings": "embeddings of your own into a dataset folder",
    "dashboard": "a Weights & Biases workspace for a project",
}


def main() -> None:
    """Run the subcommand that the first word names, like ``python src/<command>.py``."""
    name, *words = sys.argv[1:] or ["--help"]
    if name in ("--version", "-V"):
        print(f"rlmrec {__version__}")
    elif name in ("--help", "-h"):
        print(_usage())
    elif name not in COMMANDS:
        from rlmrec.options.explain import similar  # late, since nothing else needs Hydra here

        near = similar(name, list(COMMANDS))
        hint = f"did you mean {' or '.join(near)}?" if near else f"valid are {', '.join(COMMANDS)}"
        print(f"error: there is no command {name}; {hint}", file=sys.stderr)
        raise SystemExit(2)
    else:
        sys.argv = [f"rlmrec {name}", *words]
        import_module(f"rlmrec.cli.{name.replace('-', '_')}").run()


def _usage() -> str:
    lines = [f"  rlmrec {name:<19}{text}" for name, text in COMMANDS.items()]
    return "\n".join(
        [
            "Recommenders whose graph embeddings are aligned with text.",
            "",
            "Commands (rlmrec COMMAND --help describes each; options are words such as backbone=lightgcn)",
            "",
            *lines,
            "",
            "  rlmrec --version",
        ]
    )
