"""Put vectors of your own into a dataset folder: ``rlmrec import-embeddings folder=... users=vectors.npz``."""

import hydra
from omegaconf import DictConfig

from rlmrec.cli import entry
from rlmrec.cli.own_options import ImportOptions
from rlmrec.common.config_files import CONFIG_FOLDER
from rlmrec.common.program import argument, command
from rlmrec.options.compose import plain_options


@hydra.main(version_base="1.3", config_path=CONFIG_FOLDER, config_name="import_embeddings")
@entry.job(ImportOptions)
def main(config: DictConfig) -> None:
    """Read vectors, join them by id, put them into the folder and show what was done."""
    from pathlib import Path

    from rlmrec.common.terminal import print_warnings
    from rlmrec.imports.summary import print_import, print_one_sided
    from rlmrec.options.validate_options import instantiate_parts
    from rlmrec.preparation.findings import profiles
    from rlmrec.preparation.folder_contents import FolderContents

    told = instantiate_parts(plain_options(config)).run()
    contents = FolderContents.read(Path(config.folder))
    print_import(config.folder, "embeddings", told)
    print_warnings([*profiles.warnings(contents)])
    print_one_sided(config.folder, "embeddings", contents.dataset.without_text)
    print(f"next: {command('train')} dataset=folder {argument('dataset.root', config.folder)} align=contrastive")


def run() -> None:
    """Run the command."""
    entry.run(main, config_name="import_embeddings")
