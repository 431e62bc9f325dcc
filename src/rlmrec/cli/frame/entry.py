"""The framework of every entry point: one-line errors, exit code 1 or 2, and tracebacks for bugs only."""

import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import wraps
from pathlib import Path
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig
from omegaconf.errors import MissingMandatoryValue

from rlmrec.cli.frame.checked_options import checked
from rlmrec.cli.frame.endings import INTERRUPTION, Ending, ending_of, exit_with, first_line, is_of_launcher, message_of
from rlmrec.cli.frame.help import print_help, wants_help
from rlmrec.cli.frame.outside_failures import explained, harden_output, is_closed_pipe, leave_quietly
from rlmrec.cli.frame.own_options import OwnOptions
from rlmrec.cli.sweeps import failed_jobs
from rlmrec.common.config_files import CONFIG_FOLDER
from rlmrec.common.errors import Interrupted, UserError, printable
from rlmrec.common.processes.signals import end_in_one_line
from rlmrec.common.silence import silence
from rlmrec.options import resolvers
from rlmrec.options.command_words import refuse_empty_globs, with_home
from rlmrec.options.explain import refused_by_resolver

WITH_VALUE = ("--config-dir", "-cd", "--config-path", "-cp", "--config-name", "-cn", "--package", "-p", "--cfg", "-c")
"""Options of Hydra that are followed by a value."""
SOURCE_FOLDER = str(Path(__file__).parents[3])
RUN_LOG = logging.getLogger("run")
"""The log of a run, which is only written to a file in the run's folder."""


def command(
    config_name: str,
    kind: type[OwnOptions],
    failed: Callable[[], None] = lambda: None,
    around: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Callable[[Callable[[DictConfig], Any]], Callable[[], None]]:
    """Turn a task into the entry point of a command.

    The task's own options are validated before it begins, and a ``UserError`` ends it with one line. Other jobs of a
    multirun continue unless ``on_failure=stop``.

    Args:
        config_name: name of the command's configuration.
        kind: model of the options that the task itself takes.
        failed: function called after an error in the task or its options.
        around: factory of a context manager that encloses all jobs of the command.
    """

    def entry_point(task: Callable[[DictConfig], Any]) -> Callable[[], None]:
        guarded = _guarded(checked(task, kind), task, failed)
        main = hydra.main(version_base="1.3", config_path=CONFIG_FOLDER, config_name=config_name)(guarded)

        @wraps(task)
        def start() -> None:
            run(main, config_name, around)

        return start

    return entry_point


def _guarded(
    task: Callable[[DictConfig], Any], named: Callable[[DictConfig], Any], failed: Callable[[], None]
) -> Callable[[DictConfig], Any]:

    @wraps(named)
    def guarded(config: DictConfig) -> Any:
        sweeping = HydraConfig.get().mode == RunMode.MULTIRUN
        try:
            if sweeping and config.get("on_failure") == "stop" and failed_jobs.any_noted():
                raise UserError("not started: an earlier job failed (on_failure=stop)")
            with _then(failed):
                return task(config)
        except Interrupted as stop:
            if not RUN_LOG.propagate:
                RUN_LOG.error(str(stop))
            raise
        except Exception as caught:
            # The message of a constructor is clearer without Hydra's wrapper around it.
            error = caught.__cause__ if isinstance(caught.__cause__, UserError) else caught
            if not isinstance(error, UserError) and (line := refused_by_resolver(error) or explained(error)):
                error = UserError(line)
            if not RUN_LOG.propagate:  # it has a file handler
                RUN_LOG.error(first_line(error), exc_info=caught if sweeping else None)
            if sweeping:
                failed_jobs.note(f"{' '.join(HydraConfig.get().overrides.task)}: {first_line(error)}")
                print(f"error: {first_line(error)}", file=sys.stderr)
                raise
            if isinstance(error, UserError | MissingMandatoryValue):
                exit_with(Ending(message_of(error)))
            raise
        finally:
            _close_run_log()

    return guarded


@contextmanager
def _then(failed: Callable[[], None]) -> Iterator[None]:
    try:
        yield
    except BaseException:
        failed()
        raise


def _close_run_log() -> None:
    """Close the log file, so that later jobs in this process do not write to that of a finished run."""
    for handler in [*RUN_LOG.handlers]:
        RUN_LOG.removeHandler(handler)
        logging.root.removeHandler(handler)
        handler.close()
    RUN_LOG.propagate = True


def run(
    main: Callable[[], Any], config_name: str, around: Callable[[], AbstractContextManager[None]] = nullcontext
) -> None:
    """Run a Hydra entry point; exit with 2 for a wrong option, 1 for a failure and 130 for an interruption."""
    os.environ["HYDRA_FULL_ERROR"] = "1"  # raise errors here instead of printing them with a traceback
    # Launcher processes, on this machine or another, must run this very code.
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (SOURCE_FOLDER, os.environ.get("PYTHONPATH"))))
    silence()
    harden_output()
    end_in_one_line()
    resolvers.register()
    sys.argv[1:] = options_first([*map(with_home, sys.argv[1:])])
    try:
        if wants_help(sys.argv[1:]):
            print_help(config_name, sys.argv[1:])
        else:
            refuse_empty_globs(sys.argv[1:])
            with around():
                main()
    except (Interrupted, KeyboardInterrupt) as stop:
        failed = failed_jobs.taken()
        lines = [*([_listed(failed)] if failed else []), str(stop) or "interrupted"]
        exit_with(Ending("\n".join(lines), INTERRUPTION))
    except SystemExit as end:
        if is_closed_pipe(end):
            leave_quietly()
        raise
    except Exception as error:
        if is_closed_pipe(error):
            leave_quietly()
        failed = [*failed_jobs.taken(), *([first_line(error)] if is_of_launcher(error) else [])]
        if any(first_line(error) in told for told in failed):
            exit_with(Ending(_listed(failed)))
        if failed:
            print(printable(f"error: {_listed(failed)}"), file=sys.stderr)
        if ending := ending_of(error, config_name, sys.argv[1:]):
            exit_with(ending)
        raise
    finally:
        if skipped := failed_jobs.taken("skipped"):
            shown = "; ".join(dict.fromkeys(skipped))
            print(f"{_jobs(skipped)} skipped as invalid combinations: {printable(shown)}", file=sys.stderr)


def options_first(words: list[str]) -> list[str]:
    """Return command-line words with Hydra's own options first, since it only accepts overrides as one block."""
    own: list[str] = []
    overrides: list[str] = []
    for before, word in zip(["", *words], words, strict=False):
        (own if word.startswith("-") or before in WITH_VALUE else overrides).append(word)
    return [*own, *overrides]


def _jobs(listed: list[str]) -> str:
    """Return the number of jobs in words."""
    from rlmrec.common.terminal import counted  # late, since it loads rich

    return counted(len(listed), "job")


def _listed(failed: list[str]) -> str:
    return "\n  ".join([f"{_jobs(failed)} failed:", *failed])


def refuse_other_overrides(overrides: list[str], option: str, *allowed: str) -> None:
    """Refuse options that a stored configuration would silently override.

    Raises:
        UserError: if there are overrides other than ``option`` and those ``allowed``, or this is a multirun.
    """
    if HydraConfig.get().mode == RunMode.MULTIRUN:
        raise UserError(f"{option}=... is about one run: leave out -m, experiment=... and hparams=...")
    others = [word for word in overrides if word.partition("=")[0] not in (option, *allowed)]
    if others:
        raise UserError(
            f"{option}=... takes all options from the run's own configuration: leave out {' '.join(others)}"
        )
