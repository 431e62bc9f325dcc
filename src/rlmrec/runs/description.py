"""Names of a run, wherever runs are grouped and compared."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class RunDescription:
    """Names and options of a run.

    Args:
        dataset: name of the dataset.
        backbone: chosen backbone.
        align: chosen alignment.
        seed: of the run.
        tags: free labels.
        experiment: label of the experiment that the run belongs to, if any.
        options: the resolved configuration as plain containers.
        setting: options given for the run that its other names do not tell, such as ``interaction_noise_0.25``.
        embeddings: how the profile embeddings were made, if the alignment uses any.
        data: one sentence on where the data come from.
        fingerprints: checksums of ``interactions`` and ``profile_embeddings``, the latter None if none are used.
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
        """Return a readable name, equal for repetitions of a run."""
        return f"{self.group}-seed{self.seed}"

    @property
    def group(self) -> str:
        """Return a readable name, equal for runs that differ in nothing but their seed."""
        return "-".join(filter(None, [self.dataset, self.backbone, self.align, self.setting]))
