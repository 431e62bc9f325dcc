"""The check of a command's own options before it begins."""

import re
from collections.abc import Callable
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf, open_dict
from pydantic import ValidationError

from rlmrec.cli.frame.own_options import OwnOptions
from rlmrec.common.errors import UserError


def checked(task: Callable[[DictConfig], Any], kind: type[OwnOptions]) -> Callable[[DictConfig], Any]:
    """Make a task check its own options before it begins, and see numbers as text where they are names.

    Args:
        task: of a command.
        kind: its options. One without a value that has no default is left to the task.

    Raises:
        UserError: names every option of a wrong type or out of range.
    """

    def checking(config: DictConfig) -> Any:
        _refuse_added(HydraConfig.get())
        names = [field.alias or name for name, field in kind.model_fields.items()]
        given = {name: _plain(config, name) for name in names if not OmegaConf.is_missing(config, name)}
        try:
            values = kind.model_validate(given).model_dump(by_alias=True)
        except ValidationError as error:
            first = {str(found["loc"][0]): found for found in reversed(error.errors()) if found["type"] != "missing"}
            if first:
                told = [_told(name, given[name], found["msg"]) for name, found in first.items()]
                raise UserError("; ".join(told)) from None
        else:
            with open_dict(config):
                config.update({name: values[name] for name in given})
        return task(config)

    return checking


def _refuse_added(hydra: Any) -> None:
    """Refuse an option that was added on the command line, although nothing takes it.

    Raises:
        UserError: names the first.
    """
    for word in hydra.overrides.task:
        name = re.match(r"\+\+?(\w+)=", word)
        if name and name[1] not in hydra.runtime.choices:
            raise UserError(f"{word}: there is no such option; one of a part is added by +PART.{name[1]}=...")


def _plain(config: DictConfig, name: str) -> Any:
    value = config[name]
    return OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value


def _told(name: str, value: Any, reason: str) -> str:
    reason = reason.removeprefix("Value error, ").replace("String should have", "it must have")
    return f"{name}={value}: {reason[0].lower()}{reason[1:]}"
