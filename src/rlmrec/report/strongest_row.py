"""Comparisons of rows with text against the strongest row without text, which validation selects."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf, nan

from rlmrec.report.pairs.differences import trained_alike
from rlmrec.report.setting import Setting
from rlmrec.report.significance import holm, paired_t_over_seeds


@dataclass(frozen=True)
class OverStrongest:
    """Rows with text of a dataset and task, compared with the strongest row without text.

    Args:
        strongest: row without text with the highest validation metric.
        texts: rows with text, including those with meaningless profiles.
        p: Holm-adjusted p-values of each row's paired t-test over shared seeds; NaN for rows of other training length
            and for those with meaningless profiles, which do not count as attempts to improve.
        gains: relative differences of test means; NaN if that of the strongest row is 0.
    """

    strongest: Setting
    texts: list[Setting]
    p: list[float]
    gains: list[float]

    @property
    def attempts(self) -> list[Setting]:
        """Return the rows whose profiles mean something."""
        return [setting for setting in self.texts if not setting.is_ablated]

    @property
    def pairs(self) -> list[tuple[Setting, Setting]]:
        """Return every row with text with the one that it is compared with."""
        return [(setting, self.strongest) for setting in self.texts]


def over_strongest_rows(settings: Sequence[Setting], metric: str) -> Iterator[OverStrongest]:
    """Yield a comparison per dataset and task that has rows with text, and rows without of at least two backbones.

    Args:
        settings: settings in any order.
        metric: name of the test metric.
    """
    groups: dict[tuple[str, str, str], list[Setting]] = {}
    for setting in settings:
        if len(setting.values(metric)):
            groups.setdefault((setting.dataset, str(setting.task), setting.monitor), []).append(setting)
    for members in groups.values():
        plain = [setting for setting in members if _is_plain(setting) and setting.validation > -inf]
        texts = [setting for setting in members if setting.uses_text]
        if all(setting.is_ablated for setting in texts) or len({setting.backbone for setting in plain}) < 2:
            continue
        strongest = max(plain, key=lambda setting: setting.validation)
        base = float(strongest.values(metric).mean())
        p = holm([_over_seeds(setting, strongest, metric) for setting in texts])
        gains = [float(setting.values(metric).mean()) / base - 1 if base else nan for setting in texts]
        yield OverStrongest(strongest, texts, p, gains)


def _over_seeds(setting: Setting, strongest: Setting, metric: str) -> float:
    """Return the p-value of the paired t-test; NaN for meaningless profiles and for training of other length."""
    tested = not setting.is_ablated and trained_alike(setting, strongest)
    return paired_t_over_seeds(setting, strongest, metric) if tested else nan


def _is_plain(setting: Setting) -> bool:
    """Return whether a setting uses neither text nor weights of an earlier run, which may have used text."""
    return not setting.uses_text and setting.factors.get("initialise_from") is None
