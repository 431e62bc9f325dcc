"""Search for the users of a dataset whose profiles are nearest to given ones."""

import numpy as np
from scipy.sparse import csr_array, vstack
from torch import Tensor

from rlmrec.backbones.neighbours import top_of_rows
from rlmrec.backbones.text_neighbours import ProfileDirections


class NearUsers:
    """Finds nearest users as ``nearest_by_text`` does, keeping what depends on the dataset between requests.

    Args:
        embeddings: profile embeddings of the users that can be found, ``(m, T)``.
        rows: internal ids of these users, ascending, ``(m,)``.
        num_users: number of all users.
    """

    def __init__(self, embeddings: Tensor, rows: np.ndarray, num_users: int) -> None:
        self.rows, self.num_users = rows, num_users
        self.targets = ProfileDirections(embeddings)

    def of(self, texts: Tensor, k: int) -> csr_array:
        """Return the largest positive cosine similarities to each of some profiles.

        Args:
            texts: profile embeddings, ``(V, T)``; zero vectors have no neighbours.
            k: maximum number of neighbours per row.

        Returns:
            Canonical matrix without stored zeros, ``(V, num_users)`` float32.
        """
        parts = [csr_array((0, self.num_users), dtype=np.float32)]
        for some in texts.split(self.targets.at_once):
            found = top_of_rows(csr_array(self.targets.cosines(some).clamp(min=0).numpy()), k)
            parts.append(csr_array((found.data, self.rows[found.indices], found.indptr), (len(some), self.num_users)))
        kept = csr_array(vstack(parts, format="csr"))
        kept.sort_indices()
        return kept
