"""Code shared by the two import commands."""

from pathlib import Path

from omegaconf import DictConfig

from rlmrec.common.terminal import print_warnings
from rlmrec.imports.summary import Part, print_import
from rlmrec.options.compose import plain_options
from rlmrec.options.validate_options import instantiate_parts
from rlmrec.preparation.findings import profiles
from rlmrec.preparation.folder_contents import FolderContents


def import_part(config: DictConfig, part: Part) -> FolderContents:
    """Run the import that options describe, show a summary, and return the new content of the folder.

    Args:
        config: configuration of the command, all of which describes the import.
        part: ``profiles`` or ``embeddings``.

    Raises:
        UserError: if a file, column or option is wrong, which the message names; the folder stays unchanged.
    """
    told = instantiate_parts(plain_options(config)).run()
    contents = FolderContents.read(Path(config.folder))
    print_import(config.folder, part, told)
    print_warnings([*profiles.warnings(contents)])
    return contents
