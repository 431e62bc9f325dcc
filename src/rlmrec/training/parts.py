"""How the parts of a model fit together, told from their classes alone."""

from collections.abc import Callable
from typing import Any

NEUTRAL = {"align": "none", "fusion": "none", "init": "xavier"}
"""Options of parts that go with a backbone, and the choice of each that goes with every backbone."""


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
    if getattr(body, "has_embeddings", True):
        return None
    for option, part in others.items():
        if getattr(made_by(part), "needs_embeddings", True):
            return (
                f"{made_by(part).__name__} needs node embeddings, of which {body.__name__} has none: "
                f"choose {option}={NEUTRAL[option]}"
            )
    return None


def profile_readers(*parts: Callable[..., Any]) -> list[Any]:
    """Return the classes, among those of some parts, that use profile embeddings."""
    return [made_by(part) for part in parts if getattr(made_by(part), "uses_profiles", False)]
