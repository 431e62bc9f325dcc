"""Declarations of the classes of a model's parts: their compatibility, and the text that they read."""

import inspect
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rlmrec.aligners import Aligner
from rlmrec.common.errors import MissingFilesError
from rlmrec.data.ablations.text_ablation import TextAblation, ablate_text
from rlmrec.data.dataset import KINDS, Dataset
from rlmrec.data.model_part import ModelPart
from rlmrec.data.profile_embeddings import ProfileEmbeddings, of_own_texts
from rlmrec.options.run_name import NEUTRAL

log = logging.getLogger(__name__)


def made_by(part: Any) -> Any:
    """Return the class or function behind a partial, or the part itself."""
    return getattr(part, "func", part)


def declared_by(part: Any) -> type[ModelPart]:
    """Return the class that declares the properties of a part; ``ModelPart`` for a function that builds one.

    Args:
        part: a class, a function, or a partial of one.
    """
    made = made_by(part)
    return made if isinstance(made, type) and issubclass(made, ModelPart) else ModelPart


def mismatch(backbone: Callable[..., Any], **others: Callable[..., Any]) -> str | None:
    """Return the reason why a backbone and other parts are incompatible; None if they are compatible.

    Args:
        backbone: class of a backbone, or a partial of one.
        others: classes of other parts, or partials of them, by option name.
    """
    found = declared_by(backbone)
    for option, part in others.items():
        needed = declared_by(part)
        for lacks, what in (
            (needed.needs_embeddings and not found.has_embeddings, "node embeddings"),
            (needed.needs_table and not found.has_table, "trained initial embeddings"),
        ):
            if lacks:
                return (
                    f"{made_by(part).__name__} needs {what}, of which {made_by(backbone).__name__} has none: choose "
                    f"{option}={NEUTRAL[option]}"
                )
    return None


def profile_readers(*parts: Callable[..., Any]) -> list[type[ModelPart]]:
    """Return the classes of those parts that use profile embeddings."""
    return [declared_by(part) for part in parts if declared_by(part).uses_profiles]


@dataclass(frozen=True)
class PartTexts:
    """The profile embeddings that the parts of a model read.

    Args:
        dataset: dataset that records which nodes have a profile.
        embeddings: profile embeddings of the dataset, users first, ``(N, T)``; None if no part uses them.
    """

    dataset: Dataset
    embeddings: ProfileEmbeddings | None

    def of(self, part: Callable[..., Any]) -> ProfileEmbeddings | None:
        """Return profile embeddings in the form that the class of a part declares; None if there are none."""
        if self.embeddings is None or not declared_by(part).own_texts:
            return self.embeddings
        return of_own_texts(self.embeddings, self.dataset.has_profile)


def with_texts(
    dataset: Dataset, readers: Sequence[type[ModelPart]], ablation: TextAblation, seed: int
) -> tuple[Dataset, PartTexts]:
    """Return the dataset to train on and the profile embeddings that parts read, both after the text ablation.

    Raises:
        MissingFilesError: if a part needs embeddings that are absent.
        UserError: if embeddings are too large for a text ablation.
    """
    if not readers:
        return dataset, PartTexts(dataset, None)
    _check_readers(dataset, readers)
    ablated = ablate_text(dataset, ablation, seed)
    one_sided = all(reader.accepts_one_sided for reader in readers)
    return ablated, PartTexts(dataset, ablated.profile_embeddings(one_sided))


def _check_readers(dataset: Dataset, readers: Sequence[type[ModelPart]]) -> None:
    """Log a warning if either users or items have no profile embeddings and all parts accept that.

    Raises:
        MissingFilesError: if a part needs embeddings of both.
    """
    lacking = dataset.kinds_without_embeddings
    if len(lacking) != 1:
        return
    (absent,), (present,) = lacking, [kind for kind in KINDS if kind not in lacking]
    for reader in readers:
        if not reader.accepts_one_sided:
            able = sorted(known.__name__ for known in _aligners() if known.accepts_one_sided and known.uses_profiles)
            raise MissingFilesError(
                f"{absent} have no profile embeddings, which {reader.__name__} needs; alignments that take {present} "
                f"alone are {', '.join(able)}. {dataset.missing_embeddings}"
            )
        log.warning("%s have no profile embeddings: %s reads those of %s alone", absent, reader.__name__, present)


def _aligners(base: type[Aligner] = Aligner) -> Iterator[type[Aligner]]:
    """Yield all known aligners except abstract base classes."""
    for known in base.__subclasses__():
        if not inspect.isabstract(known):
            yield known
        yield from _aligners(known)
