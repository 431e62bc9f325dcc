"""Options, other than those about alignment and text, in which two compared settings differ."""

from collections import defaultdict
from collections.abc import Iterable

from rlmrec.options.dotted import within
from rlmrec.report.factors import BY_EPOCHS, COLD, LENGTH, TEXT, Value, short, show, varying
from rlmrec.report.setting import Setting

UNTESTED = "not tested, since the length of training or the choice of weights differs"


def differences(setting: Setting, other: Setting) -> dict[str, tuple[Value, Value]]:
    """Return the options, by dotted name, in which two settings differ, each with both values.

    Options about alignment and text are omitted, as are warm starts and, where backbones differ, those of the
    backbones: these are what is compared. If a model is fitted at once, options of training by epochs are omitted. Of
    two rows of a leaderboard, whose other options come from separate searches, only those of ``LENGTH`` are returned.
    """
    own, theirs = setting.factors, other.factors
    compared = [*TEXT, COLD, "initialise_from"]
    if setting.backbone != other.backbone:
        compared.append("backbone")
    if setting.is_fitted or other.is_fitted:
        compared += BY_EPOCHS
    names = [name for name in varying([own, theirs]) if not within(name, tuple(compared))]
    if setting.is_row and other.is_row:
        names = [name for name in names if within(name, LENGTH)]
    return {name: (own.get(name), theirs.get(name)) for name in names}


def trained_alike(setting: Setting, other: Setting) -> bool:
    """Return whether two settings were trained for the same length and their weights chosen in the same way."""
    return not any(within(name, LENGTH) for name in differences(setting, other))


def told(pairs: Iterable[tuple[Setting, Setting]]) -> list[str]:
    """Return a line about every setting and the options in which others, which are compared with it, differ from it.

    Args:
        pairs: settings, each with the one that it is compared with; pairs may be repeated.
    """
    alike: dict[tuple[Setting, str], list[str]] = defaultdict(list)
    for setting, other in dict.fromkeys(pairs):
        if found := differences(setting, other):
            same = "alignment and text" if setting.backbone == other.backbone else "backbone, alignment and text"
            options = ", ".join(
                f"{short(name, found)}={show(theirs)} against {show(own)}" for name, (own, theirs) in found.items()
            )
            untested = "" if trained_alike(setting, other) else f"; {UNTESTED}"
            alike[other, f"in more than {same} ({options}{untested})"].append(setting.name)
    return [f"{other.name} differs {how} from {'; '.join(names)}" for (other, how), names in alike.items()]
