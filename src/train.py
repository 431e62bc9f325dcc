"""Train and test a recommender: ``python src/train.py backbone=lightgcn align=contrastive``."""

import hydra
from omegaconf import DictConfig, OmegaConf

from rlmrec.runs import cli


@hydra.main(version_base="1.3", config_path=cli.CONFIG_FOLDER, config_name="train")
@cli.job
def main(config: DictConfig) -> float:
    """Compose, build, run; returns the best validation metric, for sweepers."""
    # Imported late: --help and misspelt options need none of it.
    from hydra.core.hydra_config import HydraConfig
    from hydra.utils import instantiate

    from rlmrec.allocator import keep_freed_memory
    from rlmrec.building import PARTS, build
    from rlmrec.runs.description import RunDescription
    from rlmrec.runs.folder import RunFolder, with_absolute_paths
    from rlmrec.runs.option_check import check
    from rlmrec.runs.results import print_results
    from rlmrec.training import train

    hydra_config = HydraConfig.get()
    overrides = list(hydra_config.overrides.task)
    cli.refuse_absent_preset(overrides, hydra_config.runtime.choices)
    folder = RunFolder(hydra_config.runtime.output_dir)
    resume = config.resume
    if resume is not None:
        cli.refuse_other_overrides(overrides, "resume")
        folder.refuse_finished()
        options = folder.options()
    else:
        options = with_absolute_paths(OmegaConf.to_container(config, resolve=True))
    check(options)
    keep_freed_memory()
    parts = instantiate(options, _convert_="all")
    dataset = parts["dataset"].load()
    data, model = build(dataset, **{name: parts[name] for name in PARTS})
    monitor = model.validation_metric(parts["evaluation"]["monitor"])
    if resume is None:
        folder.claim(OmegaConf.to_yaml(OmegaConf.create(options)))
    folder.write_provenance(overrides)
    text = dataset.embeddings_info | {"control": parts["text_control"]} if model.aligner.uses_profiles else {}
    description = RunDescription(dataset.name, seed=parts["seed"], options=options, embeddings=text, **parts["names"])
    logger, callbacks = parts.get("logger", {}), parts.get("callbacks", {})
    results = train(folder, description, model, data, parts["trainer"], logger, callbacks, monitor)
    print_results(dataset.description, results, folder.path)
    return results["metrics"][monitor]


if __name__ == "__main__":
    cli.run(main, config_name="train")
