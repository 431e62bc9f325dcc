"""Train and test a recommender: ``python src/train.py backbone=lightgcn align=contrastive``."""

import math
from typing import TYPE_CHECKING, Any

import hydra
from omegaconf import DictConfig, OmegaConf

from rlmrec.runs import cli
from rlmrec.runs.study_summary import summarised

if TYPE_CHECKING:
    from rlmrec.runs.folder import RunFolder


@summarised
@hydra.main(version_base="1.3", config_path=cli.CONFIG_FOLDER, config_name="train")
@cli.job
def main(config: DictConfig) -> float:
    """Compose, build, run; returns the best validation metric, for sweepers."""
    # Imported late: --help, misspelt options and finished cells need none of it.
    from hydra.core.hydra_config import HydraConfig

    from rlmrec.errors import UserError
    from rlmrec.runs.folder import RunFolder, with_absolute_paths
    from rlmrec.runs.study import is_finished, stored_metric

    hydra_config = HydraConfig.get()
    overrides = list(hydra_config.overrides.task)
    cli.refuse_absent_preset(overrides, hydra_config.runtime.choices)
    if config.study is not None and hydra_config.runtime.choices["hydra"] != "study":
        raise UserError(f"study={config.study} has no effect on its own: give hydra=study or an experiment=... too")
    folder = RunFolder(hydra_config.runtime.output_dir)
    resumed, in_study = config.resume is not None, config.study is not None
    if resumed:
        cli.refuse_other_overrides(overrides, "resume")
        folder.refuse_finished()
        options = folder.options()
    else:
        options = with_absolute_paths(OmegaConf.to_container(config, resolve=True))
    with folder.locked() as free:
        if not free and in_study:
            print(f"left to another process: {folder.path}")
            return math.nan
        if not free:
            raise UserError(f"another process is at work in {folder.path}")
        if in_study and is_finished(folder, options):
            print(f"finished before: {folder.path}")
            return stored_metric(folder, options["evaluation"]["monitor"])
        return _run(folder, options, overrides, claim=not resumed, anew=in_study)


def _run(folder: "RunFolder", options: dict[str, Any], overrides: list[str], claim: bool, anew: bool) -> float:
    """Build from resolved options and train in a locked folder; returns the best validation metric.

    Args:
        folder: of the run.
        options: resolved, as plain containers.
        overrides: words of the command line that led to them.
        claim: whether to make the folder that of this run.
        anew: whether it may hold an unfinished start already.
    """
    from hydra.utils import instantiate

    from rlmrec.allocator import keep_freed_memory
    from rlmrec.building import PARTS, build
    from rlmrec.initialising import initialise, read_start
    from rlmrec.runs.description import RunDescription
    from rlmrec.runs.option_check import check
    from rlmrec.runs.results import print_results
    from rlmrec.training import train

    check(options)
    keep_freed_memory()
    parts = instantiate(options, _convert_="all")
    start = parts.get("initialise_from")
    dataset = parts["dataset"].load()
    data, model = build(dataset, **{name: parts[name] for name in PARTS})
    monitor = model.validation_metric(parts["evaluation"]["monitor"])
    if start is not None and not folder.last.exists():
        source = instantiate(read_start(start)["dataset"], _convert_="all")
        print(initialise(model.backbone, dataset, start, source.load()))
    if claim:
        folder.claim(OmegaConf.to_yaml(OmegaConf.create(options)), anew)
    folder.write_provenance(overrides)
    text = dataset.embeddings_info | {"control": parts["text_control"]} if model.aligner.uses_profiles else {}
    names = parts["names"] | {"experiment": parts.get("experiment")}
    description = RunDescription(dataset.name, seed=parts["seed"], options=options, embeddings=text, **names)
    logger, callbacks = parts.get("logger", {}), parts.get("callbacks", {})
    results = train(folder, description, model, data, parts["trainer"], logger, callbacks, monitor)
    print_results(dataset.description, results, folder.path)
    return results["metrics"][monitor]


if __name__ == "__main__":
    cli.run(main, config_name="train")
