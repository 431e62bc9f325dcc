"""Prepare a dataset folder from raw data: ``rlmrec prepare-data source=table source.interactions=... out=...``."""

from omegaconf import DictConfig, OmegaConf

from rlmrec.cli.frame import entry
from rlmrec.cli.frame.own_options import PrepareDataOptions
from rlmrec.common.program import argument, command
from rlmrec.options.compose import plain_options


@entry.command("prepare_data", PrepareDataOptions)
def run(config: DictConfig) -> None:
    """Prepare a dataset folder and show its content, or check an existing one."""
    from rlmrec.common.errors import UserError
    from rlmrec.common.monitor import MONITOR
    from rlmrec.imports.summary import print_one_sided
    from rlmrec.options.validate_options import instantiate_parts
    from rlmrec.preparation.prepare import prepare_raw, prepare_ready
    from rlmrec.preparation.tables import print_check

    monitor = MONITOR.partition("/")[2]
    if config.check is not None:
        contents = print_check(config.check, monitor)
        print_one_sided(config.check, "profiles", contents.without_profiles)
        return
    missing = sorted(OmegaConf.missing_keys(config)) + ["out"] * (config.out is None)
    if missing:
        raise UserError(f"set {' and '.join(missing)}; {command('prepare_data')} --help has examples")
    options = plain_options(config)
    parts = instantiate_parts(options)
    if options.get("split") is None:
        prepare_ready(parts["source"], options["out"], options["allow_empty_training_rows"])
    else:
        prepare_raw(parts["source"], parts["filters"] or {}, parts["split"], options["out"])
    without = print_check(options["out"], monitor).without_profiles
    print_one_sided(options["out"], "profiles", without)
    following = command("write_profiles" if len(without) == 2 else "encode_text")
    print(f"next: {following} {argument('folder', options['out'])}")
