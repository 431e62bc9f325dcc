"""Encode the profiles of a dataset folder: ``rlmrec encode-text folder=... encoder=minilm``."""

from omegaconf import DictConfig

from rlmrec.cli.frame import entry
from rlmrec.cli.frame.own_options import EncodeTextOptions
from rlmrec.common.program import argument, command
from rlmrec.options.compose import plain_options


@entry.command("encode_text", EncodeTextOptions)
def run(config: DictConfig) -> None:
    """Encode profiles, store the vectors in the folder and show a summary."""
    from pathlib import Path

    from hydra.core.hydra_config import HydraConfig

    from rlmrec.cli.results import print_encoding
    from rlmrec.common.allocator import keep_freed_memory
    from rlmrec.common.terminal import print_warnings
    from rlmrec.imports.summary import print_one_sided
    from rlmrec.options.validate_options import instantiate_parts
    from rlmrec.preparation.findings import profiles
    from rlmrec.preparation.folder_contents import FolderContents
    from rlmrec.text.encoding import encode_folder

    options = plain_options(config)
    keep_freed_memory()
    parts = instantiate_parts(options)
    name = HydraConfig.get().runtime.choices["encoder"]
    info = encode_folder(
        parts["folder"],
        parts["encoder"],
        name,
        parts["transform"],
        parts["cache"],
        dtype=parts["dtype"],
        replace=parts["replace"],
    )
    contents = FolderContents.read(Path(config.folder))
    print_encoding(config.folder, info, contents.vectors)
    print_warnings([*profiles.warnings(contents)])
    print_one_sided(config.folder, "embeddings", contents.dataset.kinds_without_embeddings)
    print(f"next: {command('train')} dataset=folder {argument('dataset.root', config.folder)} align=contrastive")
