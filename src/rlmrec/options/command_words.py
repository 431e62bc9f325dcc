"""Words of a command line that Hydra would take, although nothing comes of them."""

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
    """Return an override in whose values the user's home takes the place of a ``~`` at their beginning, as in shells.

    Examples:
        >>> with_home("runs=[~/a,~/b]")
        'runs=[/home/me/a,/home/me/b]'
    """
    home = str(Path.home())
    plain = "=" in word and not re.search(r"[^\w./-]", home)  # a name that Hydra would divide is left to be quoted
    return re.sub(r"(?<=[=,\[])~(?=/)", home, word) if plain else word


def refuse_added(words: Sequence[str], known: Collection[str]) -> None:
    """Refuse an option that is added at the top, where nothing takes it; ``++`` may also set one that is there.

    Args:
        words: overrides.
        known: names of groups, and of options at the top.

    Raises:
        UserError: names the first.
    """
    for word in words:
        name = re.match(r"\+\+?(\w+)=", word)
        if name and name[1] not in known:
            raise UserError(f"{word}: there is no such option; one of a part is added by +PART.{name[1]}=...")


def refuse_empty_globs(words: Sequence[str]) -> None:
    """Refuse patterns of choices that match none, with which a sweep would do nothing.

    Raises:
        UserError: names the first, and the choices that there are.
    """
    for word in words:
        if "glob(" not in word or word.startswith("-"):
            continue
        try:
            override = OverridesParser.create().parse_override(word)
            value = override.value()
        except HydraException:  # said by Hydra itself
            continue
        known = choices(override.key_or_group, config_folders(words))
        if isinstance(value, ChoiceSweep) and any(isinstance(part, Glob) for part in value.list or ()):
            raise UserError(f"{word}: a pattern cannot stand beside other choices; glob([a,b*]) takes several")
        if isinstance(value, Glob) and known and not value.filter(known):
            raise UserError(f"{word} matches none of {', '.join(known)}")
