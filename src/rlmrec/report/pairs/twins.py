"""Settings with text and their twins, which have meaningless profiles instead."""

from collections import defaultdict
from collections.abc import Sequence

from rlmrec.options.dotted import within
from rlmrec.report.factors import CONDITIONS, Value
from rlmrec.report.setting import Setting

OF_ROWS = (*CONDITIONS, "encoder", "profile_embeddings")
"""Options, and those below them, in which twins of a leaderboard agree, whose others come from separate searches."""
PARTS_OF_ROWS = ("fusion", "init")
"""Parts, whose class twins of a leaderboard share."""


def twin_pairs(settings: Sequence[Setting]) -> list[tuple[Setting, Setting]]:
    """Return every setting with real profiles and its twin with meaningless ones, one pair for each text ablation.

    Twins have the same options except for ``text_ablation``. Rows of a leaderboard must only agree in dataset,
    backbone, alignment, fusion, initialiser, profiles and task. There is no pair unless exactly one setting matches.
    """
    pairs = []
    for setting in settings:
        if not setting.uses_text or setting.is_ablated:
            continue
        twins: dict[Value, list[Setting]] = defaultdict(list)
        for other in settings:
            if other.group == setting.group and other.uses_text and other.is_ablated and _alike(setting, other):
                twins[other.factors["text_ablation"]].append(other)
        pairs += [(setting, found[0]) for _, found in sorted(twins.items(), key=str) if len(found) == 1]
    return pairs


def _alike(setting: Setting, other: Setting) -> bool:
    own, theirs = setting.factors, other.factors
    names = (own.keys() | theirs.keys()) - {"text_ablation"}
    if setting.is_row and other.is_row:
        names = {name for name in names if within(name, OF_ROWS) or name in PARTS_OF_ROWS}
    return all(own.get(name) == theirs.get(name) for name in names)
