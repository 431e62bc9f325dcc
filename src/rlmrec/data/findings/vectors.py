"""Uninformative profile embeddings: zero, not finite, huge, or the same for many entities."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rlmrec.common.chunks import chunks
from rlmrec.data.findings.shares import many, share

BYTES_AT_ONCE = 2**23
"""Bytes of a table, possibly memory-mapped, that are read at once; only the norm and a hash of each row are kept."""
HUGE = 100
"""Multiple of the median norm above which a vector is huge: it outweighs all others in a mean or a dot product."""


@dataclass(frozen=True)
class VectorFacts:
    """Statistics of a table of embeddings.

    Args:
        count: number of rows.
        smallest: smallest norm; like the next three, over rows with finite values.
        mean: mean norm.
        median: median norm, over non-zero rows.
        largest: largest norm.
        zero: number of rows with norm 0.
        not_finite: number of rows with NaN or infinite values.
        huge: number of rows with a norm above ``HUGE`` times the median.
        distinct: number of distinct rows.
        alike: number of rows equal to the most common one, itself included; 1 if all differ.
        example: index of the first of these rows.
    """

    count: int
    smallest: float
    mean: float
    median: float
    largest: float
    zero: int
    not_finite: int
    huge: int
    distinct: int
    alike: int
    example: int


def measure(vectors: np.ndarray) -> VectorFacts:
    """Return the statistics of a table of embeddings, read once and in chunks.

    Args:
        vectors: floating-point array ``(n, T)`` with at least one row, possibly memory-mapped.
    """
    parts = [(_norms(rows), _hashes(rows)) for rows in _pieces(vectors)]
    norms, hashes = (np.concatenate(column) for column in zip(*parts, strict=True))
    _, first, counts = np.unique(hashes, return_index=True, return_counts=True)
    finite = norms[np.isfinite(norms)]
    sizes = finite if len(finite) else np.zeros(1)
    median = float(np.median(sizes[sizes > 0])) if (sizes > 0).any() else 0.0
    largest_group = int(counts.argmax())
    return VectorFacts(
        count=len(norms),
        smallest=float(sizes.min()),
        mean=float(sizes.mean()),
        median=median,
        largest=float(sizes.max()),
        zero=int((norms == 0).sum()),
        not_finite=len(norms) - len(finite),
        huge=int((sizes > HUGE * median).sum()),
        distinct=len(counts),
        alike=int(counts[largest_group]),
        example=int(first[largest_group]),
    )


def warnings(kind: str, facts: VectorFacts, given_mean: int = 0) -> Iterator[str]:
    """Yield a line for each anomaly in the embeddings of all users or of all items.

    Args:
        kind: ``user`` or ``item``.
        facts: statistics of the embeddings.
        given_mean: number of entities known to have the mean vector because their profile is empty or uninformative.
    """
    if facts.not_finite:
        yield f"{share(facts.not_finite, facts.count)} {kind} embeddings hold NaN or infinite values"
    if facts.zero:
        yield (
            f"{share(facts.zero, facts.count)} {kind} embeddings are zero and have no direction to align with: encode "
            "the profiles with encode_text.py, which gives these the mean vector"
        )
    if facts.huge:
        yield (
            f"{share(facts.huge, facts.count)} {kind} embeddings are over {HUGE} times as long as most: the longest "
            f"has norm {facts.largest:.3g}, half of them are below {facts.median:.3g}; look for damaged vectors"
        )
    if facts.alike > max(facts.zero, 1) and many(facts.alike, facts.count):
        told = f"; {given_mean:,} {kind}s got the mean vector, having no profile" if given_mean else ""
        yield (
            f"{share(facts.alike, facts.count)} {kind} embeddings are one and the same vector, that of {kind} "
            f"{facts.example} for instance{told}: alignment cannot tell these {kind}s apart"
        )


def _pieces(vectors: np.ndarray) -> Iterator[np.ndarray]:
    size = max(1, BYTES_AT_ONCE // max(vectors.shape[1] * vectors.itemsize, 1))
    for rows in chunks(len(vectors), size):
        yield np.ascontiguousarray(vectors[rows])


def _norms(rows: np.ndarray) -> np.ndarray:
    """Return the norm of every row, ``(n,)`` float64; NaN for rows with NaN or infinite values."""
    with np.errstate(over="ignore", invalid="ignore"):
        single = rows.astype(np.float32, copy=False)
        norms = np.sqrt(np.einsum("ij,ij->i", single, single)).astype(np.float64)
        beyond = ~np.isfinite(norms)  # squares may overflow where values do not
        norms[beyond] = np.linalg.norm(single[beyond].astype(np.float64), axis=1)
    norms[~np.isfinite(norms)] = np.nan
    return norms


def _hashes(rows: np.ndarray) -> np.ndarray:
    """Return a 64-bit hash of the bytes of every row, ``(n,)`` int64."""
    data, width = rows.tobytes(), rows.shape[1] * rows.itemsize
    return np.array([hash(data[start : start + width]) for start in range(0, len(data), width)], dtype=np.int64)
