"""Code shared by the two commands that import."""

from pathlib import Path

from omegaconf import DictConfig

from rlmrec.common.terminal import print_warnings
from rlmrec.imports.summary import Part, print_import
from rlmrec.options.compose import plain_options
from rlmrec.options.validate_options import instantiate_parts
from rlmrec.preparation.findings import profiles
from rlmrec.preparation.folder_contents import FolderContents


def import_part(config: DictConfig, part: Part) -> FolderContents:
    """Do what the options describe, show it, and return what the folder holds then.

    Args:
        config: of the command; the whole of it describes the import.
        part: ``profiles`` or ``embeddings``.

    Raises:
        UserError: names the file, column or option that is wrong; the folder stays as it was.
    """
    told = instantiate_parts(plain_options(config)).run()
    contents = FolderContents.read(Path(config.folder))
    print_import(config.folder, part, told)
    print_warnings([*profiles.warnings(contents)])
    return contents
