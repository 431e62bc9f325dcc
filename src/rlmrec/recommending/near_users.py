"""The users of a dataset whose profiles are nearest to further ones."""

import numpy as np
from scipy.sparse import csr_array, vstack
from torch import Tensor

from rlmrec.backbones.neighbours import top_of_rows
from rlmrec.backbones.text_neighbours import ProfileDirections


class NearUsers:
    """Finds them as ``nearest_by_text`` does, with what follows from the dataset kept from one request to the next.

    Args:
        embeddings: profile embeddings of the users that may be found, ``(m, T)``.
        rows: their numbers, ascending, ``(m,)``.
        num_users: number of all users.
    """

    def __init__(self, embeddings: Tensor, rows: np.ndarray, num_users: int) -> None:
        self.rows, self.num_users = rows, num_users
        self.targets = ProfileDirections(embeddings)

    def of(self, texts: Tensor, k: int) -> csr_array:
        """Return the largest positive cosines with each of some profiles.

        Args:
            texts: profile embeddings, ``(V, T)``; near to none where they are zero.
            k: entries kept in a row.

        Returns:
            ``(V, num_users)`` float32, canonical, without stored zeros.
        """
        parts = [csr_array((0, self.num_users), dtype=np.float32)]
        for some in texts.split(self.targets.at_once):
            found = top_of_rows(csr_array(self.targets.cosines(some).clamp(min=0).numpy()), k)
            parts.append(csr_array((found.data, self.rows[found.indices], found.indptr), (len(some), self.num_users)))
        kept = csr_array(vstack(parts, format="csr"))
        kept.sort_indices()
        return kept
