"""Put profiles of your own into a dataset folder: ``rlmrec import-profiles folder=... users=profiles.csv``."""

import hydra
from omegaconf import DictConfig

from rlmrec.cli.frame import entry
from rlmrec.cli.frame.own_options import ImportOptions
from rlmrec.common.config_files import CONFIG_FOLDER
from rlmrec.common.program import argument, command


@hydra.main(version_base="1.3", config_path=CONFIG_FOLDER, config_name="import_profiles")
@entry.job(ImportOptions)
def main(config: DictConfig) -> None:
    """Read profiles, join them by id, put them into the folder and show what was done."""
    from rlmrec.cli.importing import import_part
    from rlmrec.imports.summary import print_one_sided

    contents = import_part(config, "profiles")
    print_one_sided(config.folder, "profiles", contents.without_profiles)
    print(f"next: {command('encode_text')} {argument('folder', config.folder)}")


def run() -> None:
    """Run the command."""
    entry.run(main, config_name="import_profiles")
