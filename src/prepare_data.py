"""Raw data to a dataset folder: ``python src/prepare_data.py source=table source.interactions=... out=...``."""

import hydra
from omegaconf import DictConfig, OmegaConf

from rlmrec.runs import cli


@hydra.main(version_base="1.3", config_path=cli.CONFIG_FOLDER, config_name="prepare_data")
@cli.job
def main(config: DictConfig) -> None:
    """Prepare a dataset folder and show what is in it, or check one that is there."""
    from hydra.utils import instantiate

    from rlmrec.errors import UserError
    from rlmrec.preparation import report
    from rlmrec.preparation.prepare import prepare_raw, prepare_ready
    from rlmrec.runs.option_check import check

    if config.check is not None:
        report.print_check(config.check)
        return
    missing = sorted(OmegaConf.missing_keys(config)) + ["out"] * (config.out is None)
    if missing:
        raise UserError(f"set {' and '.join(missing)}; python src/prepare_data.py --help has examples")
    options = OmegaConf.to_container(config, resolve=True)
    check(options)
    parts = instantiate(options, _convert_="all")
    ready = options["split"] is None
    if ready:
        prepare_ready(parts["source"], options["out"], options["allow_empty_training_rows"])
    else:
        prepare_raw(parts["source"], parts["filters"] or {}, parts["split"], options["out"])
    report.print_preparation(options["out"])
    report.print_check(options["out"])
    print(f"next: python src/{'encode_text' if ready else 'write_profiles'}.py folder={options['out']}")


if __name__ == "__main__":
    cli.run(main, config_name="prepare_data")
