"""Put vectors of your own into a dataset folder: ``rlmrec import-embeddings folder=... users=vectors.npz``."""

import hydra
from omegaconf import DictConfig

from rlmrec.cli.frame import entry
from rlmrec.cli.frame.own_options import ImportOptions
from rlmrec.common.config_files import CONFIG_FOLDER
from rlmrec.common.program import argument, command


@hydra.main(version_base="1.3", config_path=CONFIG_FOLDER, config_name="import_embeddings")
@entry.job(ImportOptions)
def main(config: DictConfig) -> None:
    """Read vectors, join them by id, put them into the folder and show what was done."""
    from rlmrec.cli.importing import import_part
    from rlmrec.imports.summary import print_one_sided

    contents = import_part(config, "embeddings")
    print_one_sided(config.folder, "embeddings", contents.dataset.kinds_without_embeddings)
    print(f"next: {command('train')} dataset=folder {argument('dataset.root', config.folder)} align=contrastive")


def run() -> None:
    """Run the command."""
    entry.run(main, config_name="import_embeddings")
