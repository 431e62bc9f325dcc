"""Import your own embeddings into a dataset folder: ``rlmrec import-embeddings folder=... users=vectors.npz``."""

from omegaconf import DictConfig

from rlmrec.cli.frame import entry
from rlmrec.cli.frame.own_options import ImportOptions
from rlmrec.common.program import argument, command


@entry.command("import_embeddings", ImportOptions)
def run(config: DictConfig) -> None:
    """Read vectors, join them by id, store them in the folder and show a summary."""
    from rlmrec.cli.importing import import_part
    from rlmrec.imports.summary import print_one_sided

    contents = import_part(config, "embeddings")
    print_one_sided(config.folder, "embeddings", contents.dataset.kinds_without_embeddings)
    print(f"next: {command('train')} dataset=folder {argument('dataset.root', config.folder)} align=contrastive")
