"""Checks of command-line overrides that Hydra would accept although they have no effect."""

import re
from collections.abc import Collection, Sequence
from pathlib import Path

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, Glob
from hydra.errors import HydraException

from rlmrec.common.config_files import choices
from rlmrec.common.errors import UserError
from rlmrec.options.own_folders import config_folders


def with_home(word: str) -> str:
    """Expand a leading ``~`` in the values of an override to the user's home folder, as shells do.

    Examples:
        >>> with_home("runs=[~/a,~/b]")
        'runs=[/home/me/a,/home/me/b]'
    """
    home = str(Path.home())
    plain = "=" in word and not re.search(r"[^\w./-]", home)  # other home folders would need quotes for Hydra
    return re.sub(r"(?<=[=,\[])~(?=/)", home, word) if plain else word


def refuse_added(words: Sequence[str], known: Collection[str]) -> None:
    """Refuse added top-level options (``+`` or ``++``) that do not exist and would be ignored.

    Args:
        words: overrides.
        known: names of groups and top-level options.

    Raises:
        UserError: if there is one; the message names the first.
    """
    for word in words:
        name = re.match(r"\+\+?(\w+)=", word)
        if name and name[1] not in known:
            raise UserError(f"{word}: there is no such option; one of a part is added by +PART.{name[1]}=...")


def refuse_empty_globs(words: Sequence[str]) -> None:
    """Refuse glob patterns that match no choice, with which a sweep would run nothing.

    Raises:
        UserError: if there is one, with the available choices, or if a pattern is mixed with other choices.
    """
    for word in words:
        if "glob(" not in word or word.startswith("-"):
            continue
        try:
            override = OverridesParser.create().parse_override(word)
            value = override.value()
        except HydraException:  # Hydra reports it
            continue
        known = choices(override.key_or_group, config_folders(words))
        if isinstance(value, ChoiceSweep) and any(isinstance(part, Glob) for part in value.list or ()):
            raise UserError(f"{word}: a pattern cannot stand beside other choices; glob([a,b*]) takes several")
        if isinstance(value, Glob) and known and not value.filter(known):
            raise UserError(f"{word} matches none of {', '.join(known)}")
