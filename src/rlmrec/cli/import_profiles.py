"""Import your own profiles into a dataset folder: ``rlmrec import-profiles folder=... users=profiles.csv``."""

from omegaconf import DictConfig

from rlmrec.cli.frame import entry
from rlmrec.cli.frame.own_options import ImportOptions
from rlmrec.common.program import argument, command


@entry.command("import_profiles", ImportOptions)
def run(config: DictConfig) -> None:
    """Read profiles, join them by id, store them in the folder and show a summary."""
    from rlmrec.cli.importing import import_part
    from rlmrec.imports.summary import print_one_sided

    contents = import_part(config, "profiles")
    print_one_sided(config.folder, "profiles", contents.without_profiles)
    print(f"next: {command('encode_text')} {argument('folder', config.folder)}")
