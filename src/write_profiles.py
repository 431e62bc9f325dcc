"""Write profiles of all items, then of all users: ``python src/write_profiles.py folder=... llm=openai``."""

import hydra
from omegaconf import DictConfig, OmegaConf

from rlmrec.runs import cli

MODES = ("check", "dry_run", "write_batch", "read_batch")


@hydra.main(version_base="1.3", config_path=cli.CONFIG_FOLDER, config_name="write_profiles")
@cli.job
def main(config: DictConfig) -> None:
    """Write, check and store profiles, or do what one of the modes says."""
    from pathlib import Path

    from hydra.utils import instantiate

    from rlmrec.errors import UserError
    from rlmrec.profiles import batch, leaks
    from rlmrec.profiles.preview import preview
    from rlmrec.profiles.report import print_preview, print_summary
    from rlmrec.runs.option_check import check

    options = OmegaConf.to_container(config, resolve=True)
    modes = {mode: options.pop(mode) for mode in MODES}
    batch_limit = options.pop("batch_limit")
    chosen = [mode for mode in MODES if modes[mode]]
    if len(chosen) > 1:
        raise UserError(f"choose one of {', '.join(chosen)}")
    if modes["check"]:
        print(f"no leak: written from {leaks.check(config.folder):,} interactions, all of them training data")
        return
    check(options)
    job = instantiate(options, _convert_="all")
    if modes["dry_run"]:
        print_preview(preview(job))
    elif modes["write_batch"]:
        print(batch.write_batch(job, Path(modes["write_batch"]), batch_limit))
    elif modes["read_batch"]:
        print(batch.read_batch(job, Path(modes["read_batch"])))
    else:
        summary = job.write()
        print_summary(summary)
        failed = len(summary.items.failed) + len(summary.users.failed)
        if failed:
            raise UserError(f"{failed} profiles could not be written and are empty: run again to retry only these")
        print(f"next: python src/encode_text.py folder={config.folder}")


if __name__ == "__main__":
    cli.run(main, config_name="write_profiles")
