"""Names of a run, used wherever runs are grouped and compared."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class RunDescription:
    """Names and options of a run.

    Args:
        dataset: name of the dataset.
        backbone: chosen backbone.
        align: chosen alignment.
        seed: seed of the run.
        tags: free labels.
        experiment: label of the experiment that the run belongs to, if any.
        options: the resolved configuration as plain containers.
        setting: name of the overrides that the other names do not cover, such as ``interaction_noise_0.25``.
        embeddings: description of the profile embeddings, if the model uses them.
        data: one sentence on the origin of the data.
        fingerprints: checksums of ``interactions`` and ``profile_embeddings``, the latter None if not used.
    """

    dataset: str
    backbone: str
    align: str
    seed: int
    tags: tuple[str, ...] = ()
    experiment: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    embeddings: dict[str, Any] = field(default_factory=dict)
    setting: str = ""
    data: str = ""
    fingerprints: dict[str, str | None] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return a readable name, equal for repetitions of the same run."""
        return f"{self.group}-seed{self.seed}"

    @property
    def group(self) -> str:
        """Return a readable name, equal for runs that differ only in their seed."""
        return "-".join(filter(None, [self.dataset, self.backbone, self.align, self.setting]))
