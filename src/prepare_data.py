"""Write a dataset folder: ``python src/prepare_data.py source=xrec_yelp source.root=... out=...``."""

import hydra
from omegaconf import DictConfig

from rlmrec.runs import cli


@hydra.main(version_base="1.3", config_path=cli.CONFIG_FOLDER, config_name="prepare_data")
@cli.job
def main(config: DictConfig) -> None:
    """Read a source, validate it and write it in the native folder format."""
    from hydra.utils import instantiate

    from rlmrec.data.validation import validate
    from rlmrec.data.writing import write_folder

    dataset = instantiate(config.source)
    allow_empty = config.allow_empty_training_rows
    validate(dataset, allow_empty)
    write_folder(dataset, config.out, config.source._target_, allow_empty_training_rows=allow_empty)
    print(f"{dataset.name}: {dataset.num_users} users, {dataset.num_items} items, ", end="")
    print(f"{dataset.train.nnz} / {dataset.val.nnz} / {dataset.test.nnz} interactions in {config.out}")
    print(f"next: python src/encode_text.py folder={config.out}")


if __name__ == "__main__":
    cli.run(main, config_name="prepare_data")
