"""Encode the profiles of a dataset folder: ``python src/encode_text.py folder=... encoder=minilm``."""

import hydra
from omegaconf import DictConfig, OmegaConf

from rlmrec.runs import cli


@hydra.main(version_base="1.3", config_path=cli.CONFIG_FOLDER, config_name="encode_text")
@cli.job
def main(config: DictConfig) -> None:
    """Read profiles, encode them, put the vectors into the folder and show what was done."""
    from hydra.core.hydra_config import HydraConfig
    from hydra.utils import instantiate

    from rlmrec.allocator import keep_freed_memory
    from rlmrec.runs.option_check import check
    from rlmrec.runs.results import print_encoding
    from rlmrec.text.encoding import encode_folder

    options = OmegaConf.to_container(config, resolve=True)
    check(options)
    keep_freed_memory()
    parts = instantiate(options, _convert_="all")
    name = HydraConfig.get().runtime.choices.encoder
    info = encode_folder(
        parts["folder"], parts["encoder"], name, parts["transform"], parts["cache"], dtype=parts["dtype"]
    )
    print_encoding(config.folder, info)
    print(f"next: python src/train.py dataset=folder dataset.root={config.folder} align=contrastive")


if __name__ == "__main__":
    cli.run(main, config_name="encode_text")
