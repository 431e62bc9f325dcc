"""What every entry point does with errors: one clear line, exit code 1 or 2, and a traceback for bugs only."""

import difflib
import errno
import logging
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import MissingMandatoryValue, OmegaConfBaseException

from rlmrec.errors import Interrupted, UserError
from rlmrec.runs import config_files, failed_jobs, resolvers
from rlmrec.runs.config_files import CONFIG_FOLDER
from rlmrec.runs.silence import silence

LAUNCHERS = ("joblib", "submitit", "ray")
SOURCE_FOLDER = str(Path(__file__).parents[2])
RUN_LOG = logging.getLogger("run")
"""Goes to the log file in the run's folder only."""
PLACES_UNUSABLE = (errno.EACCES, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.ENOSPC, errno.EPERM)


def job(task: Callable[[DictConfig], Any]) -> Callable[[DictConfig], Any]:
    """Make a Hydra task end with one line on a user's mistake; in a multirun the other jobs go on."""

    @wraps(task)
    def guarded(config: DictConfig) -> Any:
        try:
            return task(config)
        except Exception as caught:
            # A constructor's own complaint says it best, without what Hydra puts around it.
            error = caught.__cause__ if isinstance(caught.__cause__, UserError) else caught
            if HydraConfig.get().mode == RunMode.MULTIRUN:
                RUN_LOG.error("failed", exc_info=caught)
                failed_jobs.note(f"{' '.join(HydraConfig.get().overrides.task)}: {_first_line(error)}")
                print(f"error: {_first_line(error)}", file=sys.stderr)
                raise
            if isinstance(error, UserError | OmegaConfBaseException):
                _exit(_plain(error), code=1)
            raise

    return guarded


def run(main: Callable[[], Any], config_name: str) -> None:
    """Run a Hydra entry point; the process exits with 2 on a wrong option, 1 on a failure, 130 when interrupted."""
    os.environ["HYDRA_FULL_ERROR"] = "1"  # errors come here instead of being printed with a traceback
    # A launcher's processes on this machine or another run this very code.
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (SOURCE_FOLDER, os.environ.get("PYTHONPATH"))))
    silence()
    resolvers.register()
    try:
        main()
    except (Interrupted, KeyboardInterrupt) as stop:
        failed = failed_jobs.taken()
        _exit("\n".join([*([_listed(failed)] if failed else []), str(stop) or "interrupted"]), code=130)
    except Exception as error:
        failed = failed_jobs.taken()
        if type(error).__module__.partition(".")[0] in LAUNCHERS:  # a process of theirs was killed, say
            failed = [*failed, _first_line(error)]
        if failed:
            _exit(_listed(failed), code=1)
        if isinstance(error, HydraException | OmegaConfBaseException):
            _exit(_explain(error, config_name), code=2)
        if isinstance(error, UserError):
            _exit(str(error), code=1)
        if isinstance(error, OSError) and error.errno in PLACES_UNUSABLE:
            _exit(f"{error.filename}: {error.strerror}", code=1)
        if "Config group override must be" in str(error):  # Hydra's own words for group=null
            _exit("a group takes the name of a choice, not null; ~group leaves it out", code=2)
        _exit_with_child(error)
        raise


def _listed(failed: list[str]) -> str:
    return "\n  ".join([f"{len(failed)} job(s) failed:", *failed])


def _exit_with_child(error: Exception) -> None:
    """End as a spawned process did that a user's mistake or a signal ended; its traceback comes as text."""
    ended = re.search(r"^rlmrec\.errors\.(UserError|MissingFilesError|Interrupted): (.*)", str(error), re.MULTILINE)
    if ended:
        _exit(ended.group(2), code=130 if ended.group(1) == "Interrupted" else 1)


def refuse_other_overrides(overrides: list[str], option: str) -> None:
    """Options that a stored configuration would silently win over are a mistake.

    Raises:
        UserError: if anything but ``option`` and Hydra's own options was given, or in a multirun.
    """
    if HydraConfig.get().mode == RunMode.MULTIRUN:
        raise UserError(f"{option}=... is about one run: leave out -m, experiment=... and hparams=...")
    others = [word for word in overrides if word.partition("=")[0] != option]
    if others:
        raise UserError(
            f"{option}=... takes all options from the run's own configuration: leave out {' '.join(others)}"
        )


def refuse_absent_preset(overrides: list[str], choices: Mapping[str, str]) -> None:
    """A preset that is not there is no mistake, unless it was asked for.

    Raises:
        UserError: names the presets that are most alike.
    """
    if any(word.startswith("preset=") for word in overrides):
        known, name = config_files.choices("preset"), str(choices["preset"])
        if config_files.preset_file(name, HydraConfig.get().runtime.config_sources) is None:
            close = difflib.get_close_matches(name, known) or known
            raise UserError(f"preset={name} is not there: nearest are {', '.join(close)}")


def _exit(message: str, code: int) -> None:
    print(f"error: {message}" if code != 130 else message, file=sys.stderr)
    sys.stdout.flush()
    raise SystemExit(code)


def _plain(error: BaseException) -> str:
    if isinstance(error, MissingMandatoryValue):
        return f"{error.full_key} has no default: set {error.full_key}=..."
    return str(error)


def _first_line(error: BaseException) -> str:
    return _plain(error).strip().split("\n")[0] or type(error).__name__


def _explain(error: Exception, config_name: str) -> str:
    """One line for Hydra's message, with the nearest existing option where one is misspelt."""
    raised = re.search(r"UserError raised while resolving interpolation: (.*)", str(error))
    if raised:
        return raised.group(1)
    given = getattr(error, "override", None)  # the word that could not be parsed
    text = " ".join(str(error).partition("Config search path")[0].split())
    if re.search("Could not (find|load) '?hydra/launcher/", text):
        return f"{text.strip().rstrip('.')}; docs/sweeps.md says what each launcher needs"
    misspelt = re.search(r"Could not override '([^']+)'", text)
    if not misspelt:
        return f"{given}: {text}" if given else text
    key = misspelt.group(1)
    known = _known_options(config_name)
    siblings = [name for name in known if name.rpartition(".")[0] == key.rpartition(".")[0] and "_." not in f"{name}."]
    by_leaf = {name.rpartition(".")[2]: name for name in [*known, *siblings]}  # its own siblings come first
    near = difflib.get_close_matches(key.rpartition(".")[2], [name.rpartition(".")[2] for name in siblings or known])
    close = [by_leaf[leaf] for leaf in near] or [name for name in known if name.rpartition(".")[2] == key]
    hint = f"did you mean {' or '.join(close)}?" if close else f"valid are {', '.join(siblings or known)}"
    return f"there is no option '{key}'; {hint}"


def _known_options(config_name: str) -> list[str]:
    """All option names of a configuration under the group choices of the command line."""
    choices = [word for word in sys.argv[1:] if Path(CONFIG_FOLDER, word.partition("=")[0]).is_dir()]
    GlobalHydra.instance().clear()
    with initialize_config_dir(CONFIG_FOLDER, version_base="1.3"):
        try:
            config = compose(config_name, overrides=choices)
        except HydraException:  # e.g. a sweep over choices: the defaults' names will do
            config = compose(config_name)
    return list(_names(OmegaConf.to_container(config)))


def _names(node: Any, prefix: str = "") -> Iterator[str]:
    """The dotted names of all nodes below this one."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield f"{prefix}{key}"
            yield from _names(value, f"{prefix}{key}.")
