"""Composition of options from configuration files and overrides, without a command line."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import hydra
import yaml
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from rlmrec.common.config_files import CONFIG_FOLDER, options_of
from rlmrec.common.errors import UserError
from rlmrec.options import resolvers
from rlmrec.options.asked_choices import refuse_absent_choices
from rlmrec.options.command_words import refuse_added, with_home
from rlmrec.options.explain import explain
from rlmrec.options.own_folders import searching

PLACES = ("root", "cache", "file")
"""Dataset options that hold the path of a file or folder."""


def compose(
    overrides: Sequence[str] = (), config_name: str = "train", config_dir: str | Path | None = None
) -> dict[str, Any]:
    """Return resolved options as plain containers, without changing Hydra's global state.

    Args:
        overrides: overrides as on the command line of ``rlmrec train``, e.g. ``["backbone=sgl", "align=contrastive"]``.
        config_name: name of the command whose options to compose.
        config_dir: folder with additional choices (docs/extending.md).

    Raises:
        UserError: if an override names no option or choice, for which it suggests similar ones, or there is no folder.

    Examples:
        >>> options = compose(["backbone=sgl", "align=none", "optimizer.lr=0.01"])
        >>> options["optimizer"]["lr"]
        0.01
    """
    if isinstance(overrides, str):
        raise UserError(f"overrides must be a list such as [{overrides!r}], not one text")
    own = [] if config_dir is None else [searching(config_dir)]
    overrides = [*map(with_home, overrides)]
    with composed([*own, *overrides], config_name) as config:
        chosen = HydraConfig.get().runtime.choices
        refuse_added(overrides, {*chosen, *options_of(config_name)})
        refuse_absent_choices(overrides, chosen)
        return with_absolute_paths(plain_options(_without_hydra(config)))


def plain_options(config: DictConfig) -> dict[str, Any]:
    """Return a configuration as plain containers, with all interpolations resolved.

    Raises:
        MissingMandatoryValue: if an option without a default has no value.
    """
    options = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    assert isinstance(options, dict)
    return {str(name): value for name, value in options.items()}


@contextmanager
def composed(overrides: Sequence[str] = (), config_name: str = "train") -> Iterator[DictConfig]:
    """Yield the configuration, including Hydra's own part; its interpolations can be resolved within the block.

    Raises:
        UserError: if an override names no option or choice; the message suggests similar ones.
    """
    resolvers.register()
    running, options_of_running = GlobalHydra.instance().hydra, HydraConfig.instance().cfg
    GlobalHydra.instance().clear()  # a program that uses Hydra itself has already initialised it
    try:
        with initialize_config_dir(CONFIG_FOLDER, version_base="1.3"):
            config = hydra.compose(config_name, overrides=list(overrides), return_hydra_config=True)
            HydraConfig.instance().cfg = cast(Any, config)
            yield config
    except (HydraException, OmegaConfBaseException, yaml.YAMLError) as error:
        raise UserError(explain(error, config_name, overrides)) from None
    finally:
        GlobalHydra.instance().hydra, HydraConfig.instance().cfg = running, options_of_running


def _without_hydra(config: DictConfig) -> DictConfig:
    return OmegaConf.masked_copy(config, [str(name) for name in config if name != "hydra"])


def with_absolute_paths(options: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of options with absolute paths, so that a run can be resumed from any directory."""
    dataset, start = options.get("dataset", {}), options.get("initialise_from")
    places = {name: str(value) for name, value in dataset.items() if name in PLACES and value}
    absolute = {"dataset": dataset | {name: str(Path(at).absolute()) for name, at in places.items()}} if places else {}
    return options | absolute | ({"initialise_from": str(Path(start).absolute())} if start else {})
