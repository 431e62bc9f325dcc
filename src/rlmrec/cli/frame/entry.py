"""The frame of every entry point: one line for errors, exit code 1 or 2, and a traceback for bugs only."""

import logging
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import yaml
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig
from omegaconf.errors import MissingMandatoryValue, OmegaConfBaseException

from rlmrec.cli.frame.checked_options import checked
from rlmrec.cli.frame.help import print_help, wants_help
from rlmrec.cli.frame.outside_failures import explained, harden_output, is_closed_pipe, leave_quietly, raised_in
from rlmrec.cli.frame.own_options import OwnOptions
from rlmrec.cli.sweeps import failed_jobs
from rlmrec.common.errors import Interrupted, UserError, printable
from rlmrec.common.processes.signals import end_in_one_line
from rlmrec.common.silence import silence
from rlmrec.options import resolvers
from rlmrec.options.command_words import refuse_empty_globs, with_home
from rlmrec.options.explain import explain, refused_by_resolver

WITH_VALUE = ("--config-dir", "-cd", "--config-path", "-cp", "--config-name", "-cn", "--package", "-p", "--cfg", "-c")
"""Options of Hydra behind which a value stands."""
LAUNCHERS = ("joblib", "submitit", "ray")
SOURCE_FOLDER = str(Path(__file__).parents[3])
RUN_LOG = logging.getLogger("run")
"""The log of a run, which goes to a file in the run's folder only."""


def job(
    kind: type[OwnOptions], failed: Callable[[], None] = lambda: None
) -> Callable[[Callable[[DictConfig], Any]], Callable[[DictConfig], Any]]:
    """Make a Hydra task check its own options, and end with one line on a user's error.

    Other jobs of a multirun continue unless asked to stop.

    Args:
        kind: the options that the task takes itself.
        failed: called after an error in the task or its options.
    """
    return lambda task: _guarded(checked(task, kind), task, failed)


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
            # A constructor's own message is clearer without the text that Hydra puts around it.
            error = caught.__cause__ if isinstance(caught.__cause__, UserError) else caught
            if not isinstance(error, UserError) and (line := refused_by_resolver(error) or explained(error)):
                error = UserError(line)
            if not RUN_LOG.propagate:  # it has a file
                RUN_LOG.error(_first_line(error), exc_info=caught if sweeping else None)
            if sweeping:
                failed_jobs.note(f"{' '.join(HydraConfig.get().overrides.task)}: {_first_line(error)}")
                print(f"error: {_first_line(error)}", file=sys.stderr)
                raise
            if isinstance(error, UserError | MissingMandatoryValue):
                _exit(_plain(error), code=1)
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
    """Let go of the file, so that what comes next in this process does not write into a finished run."""
    for handler in [*RUN_LOG.handlers]:
        RUN_LOG.removeHandler(handler)
        logging.root.removeHandler(handler)
        handler.close()
    RUN_LOG.propagate = True


def run(main: Callable[[], Any], config_name: str) -> None:
    """Run a Hydra entry point; the process exits with 2 on a wrong option, 1 on a failure, 130 when interrupted."""
    os.environ["HYDRA_FULL_ERROR"] = "1"  # errors come here instead of being printed with a traceback
    # A launcher's processes on this machine or another run this very code.
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
            main()
    except (Interrupted, KeyboardInterrupt) as stop:
        failed = failed_jobs.taken()
        _exit("\n".join([*([_listed(failed)] if failed else []), str(stop) or "interrupted"]), code=130)
    except SystemExit as end:
        if is_closed_pipe(end):
            leave_quietly()
        raise
    except Exception as error:
        if is_closed_pipe(error):
            leave_quietly()
        failed = failed_jobs.taken()
        if type(error).__module__.partition(".")[0] in LAUNCHERS:  # e.g. one of their processes was killed
            failed = [*failed, _first_line(error)]
        elif isinstance(error, ValueError) and raised_in(error) in LAUNCHERS:
            _exit(f"hydra.launcher takes no such options: {_first_line(error)}", code=2)
        if any(_first_line(error) in told for told in failed):
            _exit(_listed(failed), code=1)
        if failed:
            print(printable(f"error: {_listed(failed)}"), file=sys.stderr)
        if isinstance(error, HydraException | OmegaConfBaseException | yaml.YAMLError):
            _exit(explain(error, config_name, sys.argv[1:]), code=2)
        if isinstance(error, UserError):
            _exit(str(error), code=1)
        if line := explained(error):
            _exit(line, code=1)
        if "Config group override must be" in str(error):  # Hydra's own words for group=null
            _exit("a group takes the name of a choice, not null; ~group leaves it out", code=2)
        _exit_with_child(error)
        raise
    finally:
        if skipped := failed_jobs.taken("skipped"):
            shown = "; ".join(dict.fromkeys(skipped))
            print(f"{len(skipped)} job(s) skipped, which cannot be: {printable(shown)}", file=sys.stderr)


def options_first(words: list[str]) -> list[str]:
    """Return the words of a command line with Hydra's own options before the overrides, which it takes in one piece."""
    own: list[str] = []
    overrides: list[str] = []
    for before, word in zip(["", *words], words, strict=False):
        (own if word.startswith("-") or before in WITH_VALUE else overrides).append(word)
    return [*own, *overrides]


def _listed(failed: list[str]) -> str:
    return "\n  ".join([f"{len(failed)} job(s) failed:", *failed])


def _exit_with_child(error: Exception) -> None:
    """Exit as a spawned process did after a user's error or a signal; its traceback comes as text."""
    ended = re.search(
        r"^rlmrec\.common\.errors\.(UserError|MissingFilesError|Interrupted): (.*)", str(error), re.MULTILINE
    )
    if ended:
        _exit(ended.group(2), code=130 if ended.group(1) == "Interrupted" else 1)


def refuse_other_overrides(overrides: list[str], option: str, *allowed: str) -> None:
    """Refuse options that a stored configuration would silently override.

    Raises:
        UserError: if anything but ``option``, those ``allowed`` and Hydra's own options was given, or in a multirun.
    """
    if HydraConfig.get().mode == RunMode.MULTIRUN:
        raise UserError(f"{option}=... is about one run: leave out -m, experiment=... and hparams=...")
    others = [word for word in overrides if word.partition("=")[0] not in (option, *allowed)]
    if others:
        raise UserError(
            f"{option}=... takes all options from the run's own configuration: leave out {' '.join(others)}"
        )


def _exit(message: str, code: int) -> None:
    message = printable(f"error: {message}" if code != 130 else message)
    if "tqdm" in sys.modules:  # a progress bar may stand in the line
        sys.modules["tqdm"].tqdm.write(message, file=sys.stderr)
    else:
        print(message, file=sys.stderr)
    sys.stdout.flush()
    raise SystemExit(code)


def _plain(error: BaseException) -> str:
    if isinstance(error, MissingMandatoryValue):
        return f"{error.full_key} has no default: set {error.full_key}=..."
    return str(error)


def _first_line(error: BaseException) -> str:
    return printable(_plain(error).strip().split("\n")[0]) or type(error).__name__
