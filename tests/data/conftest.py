import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import coo_matrix

import tiny


@pytest.fixture
def published_folder(tmp_path: Path) -> Path:
    """The small dataset in the layout of the published ones, under the name yelp."""
    folder = tmp_path / "root" / "yelp"
    folder.mkdir(parents=True)
    dataset = tiny.dataset()
    content: dict[str, Any] = {
        f"{file}_mat": coo_matrix(matrix.astype(np.float64))
        for file, matrix in (("trn", dataset.train), ("val", dataset.val), ("tst", dataset.test))
    }
    for kind, file in (("user", "usr"), ("item", "itm")):
        content[f"{file}_emb_np"] = np.asarray(getattr(dataset, f"{kind}_embeddings"), np.float64)
        profiles = getattr(dataset, f"{kind}s")["profile"]
        content[f"{file}_prf"] = [{"profile": text, "reasoning": "because"} for text in profiles]
    for file, part in content.items():
        (folder / f"{file}.pkl").write_bytes(pickle.dumps(part))
    return folder
