"""Check by their classes alone that the parts of a model fit together."""

from collections.abc import Callable
from typing import Any

from rlmrec.data.dataset import Dataset
from rlmrec.data.profile_embeddings import ProfileEmbeddings, of_own_texts
from rlmrec.options.run_name import NEUTRAL

NEEDS = (
    ("needs_embeddings", "has_embeddings", "node embeddings"),
    ("needs_table", "has_table", "trained initial embeddings"),
)
"""Requirements that a part may have of a backbone: the class attribute, and its name."""


def made_by(part: Any) -> Any:
    """Return a class, whether it is behind a partial or not."""
    return getattr(part, "func", part)


def mismatch(backbone: Callable[..., Any], **others: Callable[..., Any]) -> str | None:
    """Return why a backbone and the parts that go with it cannot be together; None if they can.

    Args:
        backbone: a class of backbones, or a partial of one.
        others: classes of other parts, or partials of them, by option.
    """
    body = made_by(backbone)
    for option, part in others.items():
        for needed, has, lacking in NEEDS:
            if getattr(made_by(part), needed, False) and not getattr(body, has, True):
                choose = f"choose {option}={NEUTRAL[option]}"
                return f"{made_by(part).__name__} needs {lacking}, of which {body.__name__} has none: {choose}"
    return None


def profiles_for(part: Any, dataset: Dataset, embeddings: ProfileEmbeddings | None) -> ProfileEmbeddings | None:
    """Return profile embeddings as the class of a part asks for them; None if there are none.

    Args:
        part: a class, or a partial of one.
        dataset: knows who has a profile.
        embeddings: of the dataset, users first, ``(N, T)``.
    """
    if embeddings is None or not getattr(made_by(part), "own_texts", False):
        return embeddings
    return of_own_texts(embeddings, dataset.has_profile)


def profile_readers(*parts: Callable[..., Any]) -> list[Any]:
    """Return the classes, among those of some parts, that use profile embeddings."""
    return [made_by(part) for part in parts if getattr(made_by(part), "uses_profiles", False)]
