"""Put profiles of your own into a dataset folder: ``rlmrec import-profiles folder=... users=profiles.csv``."""

import hydra
from omegaconf import DictConfig

from rlmrec.cli import entry
from rlmrec.cli.own_options import ImportOptions
from rlmrec.common.config_files import CONFIG_FOLDER
from rlmrec.common.program import argument, command
from rlmrec.options.compose import plain_options


@hydra.main(version_base="1.3", config_path=CONFIG_FOLDER, config_name="import_profiles")
@entry.job(ImportOptions)
def main(config: DictConfig) -> None:
    """Read profiles, join them by id, put them into the folder and show what was done."""
    from pathlib import Path

    from rlmrec.common.terminal import print_warnings
    from rlmrec.imports.summary import print_import, print_one_sided
    from rlmrec.options.validate_options import instantiate_parts
    from rlmrec.preparation.findings import profiles
    from rlmrec.preparation.folder_contents import FolderContents

    told = instantiate_parts(plain_options(config)).run()
    contents = FolderContents.read(Path(config.folder))
    print_import(config.folder, "profiles", told)
    print_warnings([*profiles.warnings(contents)])
    print_one_sided(
        config.folder,
        "profiles",
        [f"{kind}s" for kind, facts in contents.profiles.items() if facts.empty == facts.count],
    )
    print(f"next: {command('encode_text')} {argument('folder', config.folder)}")


def run() -> None:
    """Run the command."""
    entry.run(main, config_name="import_profiles")
