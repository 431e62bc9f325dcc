"""Test the best weights of a run again: ``python src/evaluate.py run=outputs/...``."""

import json

import hydra
from omegaconf import DictConfig, OmegaConf

from rlmrec.runs import cli


@hydra.main(version_base="1.3", config_path=cli.CONFIG_FOLDER, config_name="evaluate")
@cli.job
def main(config: DictConfig) -> None:
    """Rebuild the run's model, test it and print its metrics beside the recorded ones."""
    from hydra.utils import instantiate

    from rlmrec.allocator import keep_freed_memory
    from rlmrec.building import PARTS, build
    from rlmrec.errors import UserError
    from rlmrec.evaluation import evaluate
    from rlmrec.runs.folder import RunFolder
    from rlmrec.runs.option_check import check
    from rlmrec.runs.results import of_split, print_metrics

    if config.run is None:
        raise UserError("name a run folder: python src/evaluate.py run=outputs/...")
    folder = RunFolder.existing(config.run, option="run")
    options = folder.options()
    if config.mask is not None:
        options["datamodule"]["mask"] = config.mask
    for name in ("candidates", "cold_from_text"):
        if config[name] is not None:
            options["recommender"][name] = config[name]
    options["trainer"] = OmegaConf.to_container(config.trainer, resolve=True)
    check(options)
    keep_freed_memory()
    parts = instantiate(options, _convert_="all")
    data, model = build(parts["dataset"].load(), **{name: parts[name] for name in PARTS})
    metrics = evaluate(folder, model, data, parts["trainer"])
    if config.json:
        print(json.dumps(metrics, indent=2))
        return
    columns = {f"test, mask={options['datamodule']['mask']}": of_split(metrics, "test")}
    if folder.metrics.is_file():
        columns["recorded by the run"] = of_split(json.loads(folder.metrics.read_text())["metrics"], "test")
    print_metrics(str(folder.path), columns)


if __name__ == "__main__":
    cli.run(main, config_name="evaluate")
