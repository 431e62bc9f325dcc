"""Encode the profiles of a dataset folder: ``python src/encode_text.py folder=... encoder=minilm``."""

import hydra
from omegaconf import DictConfig, OmegaConf

from rlmrec.runs import cli


@hydra.main(version_base="1.3", config_path=cli.CONFIG_FOLDER, config_name="encode_text")
@cli.job
def main(config: DictConfig) -> None:
    """Read profiles, encode them, and put the vectors into the folder."""
    from hydra.core.hydra_config import HydraConfig
    from hydra.utils import instantiate

    from rlmrec.allocator import keep_freed_memory
    from rlmrec.data.folder import FolderDataset
    from rlmrec.data.writing import update_embeddings
    from rlmrec.runs.option_check import check

    options = OmegaConf.to_container(config, resolve=True)
    check(options)
    keep_freed_memory()
    dataset = FolderDataset(config.folder).load()
    texts = dataset.users["profile"].to_list() + dataset.items["profile"].to_list()
    vectors = instantiate(config.encoder).encode(texts)
    info = {"encoder": HydraConfig.get().runtime.choices.encoder, "options": options["encoder"]}
    update_embeddings(config.folder, vectors[: dataset.num_users], vectors[dataset.num_users :], info)
    print(f"{len(texts)} profiles, {sum(not text for text in texts)} of them empty, {vectors.shape[1]} numbers each")
    print(f"next: python src/train.py dataset=folder dataset.root={config.folder} align=contrastive")


if __name__ == "__main__":
    cli.run(main, config_name="encode_text")
