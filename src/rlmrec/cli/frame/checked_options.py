"""Validation of a command's own options before it begins."""

from collections.abc import Callable
from itertools import groupby
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf, open_dict
from pydantic import ValidationError

from rlmrec.cli.frame.own_options import OwnOptions
from rlmrec.cli.frame.typed_words import given_lists
from rlmrec.common.config_files import options_of
from rlmrec.common.errors import UserError
from rlmrec.options.command_words import refuse_added
from rlmrec.options.wrong_values import reason_of


def checked(task: Callable[[DictConfig], Any], kind: type[OwnOptions]) -> Callable[[DictConfig], Any]:
    """Make a task validate its own options before it begins, and convert numbers to text where names are expected.

    Args:
        task: function of a command.
        kind: model of its options; a mandatory option without a value is left to the task.

    Raises:
        UserError: if options are of a wrong type or out of range; the message names them all.
    """

    def checking(config: DictConfig) -> Any:
        names = [field.alias or name for name, field in kind.model_fields.items()]
        hydra = HydraConfig.get()
        refuse_added(hydra.overrides.task, {*hydra.runtime.choices, *names, *options_of(hydra.job.config_name)})
        given = {name: _plain(config, name) for name in names if not OmegaConf.is_missing(config, name)}
        try:
            values = kind.model_validate(given, context=given_lists(hydra.overrides.task)).model_dump(by_alias=True)
        except ValidationError as error:
            wrong = [found for found in error.errors() if found["type"] != "missing"]
            if wrong:
                by_name = groupby(wrong, key=lambda found: str(found["loc"][0]))
                told = [f"{name}={given[name]}: {reason_of([*found])}" for name, found in by_name]
                raise UserError("; ".join(told)) from None
        else:
            with open_dict(config):
                config.update({name: values[name] for name in given})
        return task(config)

    return checking


def _plain(config: DictConfig, name: str) -> Any:
    value = config[name]
    return OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value
