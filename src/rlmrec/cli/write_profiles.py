"""Write profiles of all items, then of all users: ``rlmrec write-profiles folder=... llm=openai``."""

from omegaconf import DictConfig

from rlmrec.cli.frame import entry
from rlmrec.cli.frame.own_options import WriteProfilesOptions
from rlmrec.common.program import argument, command
from rlmrec.options.compose import plain_options

MODES = ("check", "dry_run", "write_batch", "read_batch")


@entry.command("write_profiles", WriteProfilesOptions)
def run(config: DictConfig) -> None:
    """Write, check and store profiles, or run one of the other modes."""
    from pathlib import Path

    from rlmrec.common.errors import UserError
    from rlmrec.common.terminal import print_warnings
    from rlmrec.imports.summary import print_one_sided
    from rlmrec.options.validate_options import instantiate_parts
    from rlmrec.preparation.findings import profiles
    from rlmrec.preparation.folder_contents import FolderContents
    from rlmrec.profiles import batch, leaks
    from rlmrec.profiles.preview import preview
    from rlmrec.profiles.summary import print_preview, print_summary

    options = plain_options(config)
    modes = {mode: options.pop(mode) for mode in MODES}
    batch_limit = options.pop("batch_limit")
    chosen = [mode for mode in MODES if modes[mode]]
    if len(chosen) > 1:
        raise UserError(f"choose one of {', '.join(chosen)}")
    if modes["check"]:
        print(f"no leak: written from {leaks.check(config.folder):,} interactions, all of them training data")
        return
    job = instantiate_parts(options)
    if modes["dry_run"]:
        print_preview(preview(job))
    elif modes["write_batch"]:
        print(batch.write_batch(job, Path(modes["write_batch"]), batch_limit))
    elif modes["read_batch"]:
        print(batch.read_batch(job, Path(modes["read_batch"])))
    else:
        summary = job.write()
        contents = FolderContents.read(job.folder)
        print_summary(summary, contents.profiles)
        print_warnings([*profiles.warnings(contents)])
        print_one_sided(config.folder, "profiles", contents.without_profiles)
        failed = len(summary.items.failed) + len(summary.users.failed)
        if failed:
            raise UserError(f"{failed} profiles could not be written and are empty: run again to retry only these")
        print(f"next: {command('encode_text')} {argument('folder', config.folder)}")
