"""Findings on uninformative profiles and embeddings."""

from collections.abc import Iterator

from rlmrec.data.findings import profiles, vectors
from rlmrec.preparation.folder_contents import FolderContents


def warnings(contents: FolderContents) -> Iterator[str]:
    """Yield a line for each anomaly in the profiles and embeddings, if there are any."""
    if any(facts.alike for facts in contents.profiles.values()):
        for kind, facts in contents.profiles.items():
            yield from profiles.warnings(kind, facts)
    given_mean = contents.manifest.embeddings.get("mean_vectors", {})
    for kind, measured in contents.vectors.items():
        yield from vectors.warnings(kind, measured, given_mean.get(f"{kind}s", 0))
