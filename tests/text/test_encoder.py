from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from made_up_encoder import MadeUpEncoder, vector
from rlmrec.common.errors import UserError
from rlmrec.text.encoder import Places

TEXTS = [f"text {'x' * (number % 7)} {number}" for number in range(150)]


class Failing(MadeUpEncoder):
    """Stops at a text."""

    def __init__(self, at: str) -> None:
        super().__init__(batch_size=4)
        self.at = at

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        if self.at in texts:
            raise RuntimeError("stop")
        return super().encode(texts)


def test_every_distinct_text_is_encoded_once(places: Places) -> None:
    encoder = MadeUpEncoder()
    vectors = encoder.encode_profiles(TEXTS + TEXTS[::-1], 3, places)
    np.testing.assert_array_equal(vectors, np.stack([vector(text) for text in TEXTS + TEXTS[::-1]]))
    assert sorted(encoder.encoded) == sorted(TEXTS)


def test_a_second_run_encodes_nothing_and_a_changed_text_alone(places: Places) -> None:
    MadeUpEncoder().encode_profiles(TEXTS, 3, places)
    again = MadeUpEncoder(batch_size=7)
    again.encode_profiles(TEXTS[::-1], 9, places)
    assert again.encoded == []
    vectors = again.encode_profiles(["new", *TEXTS[1:]], 3, places)
    assert again.encoded == ["new"]
    np.testing.assert_array_equal(vectors[0], vector("new"))
    other = MadeUpEncoder(version=2)
    other.encode_profiles(TEXTS, 3, places)
    assert len(other.encoded) == len(TEXTS), "another encoder's vectors are others"


def test_what_was_finished_before_a_failure_is_kept(places: Places) -> None:
    order = MadeUpEncoder()
    order.encode_profiles(TEXTS, 3, Places(places.scratch / "elsewhere", places.scratch))
    chunk = 4 * MadeUpEncoder.batches_in_chunk
    failing = Failing(at=order.encoded[chunk + 10])
    with pytest.raises(RuntimeError):
        failing.encode_profiles(TEXTS, 3, places)
    again = MadeUpEncoder()
    again.encode_profiles(TEXTS, 3, places)
    assert again.encoded == order.encoded[chunk:], "the rest, in the batches of a run that was not interrupted"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda texts: np.full((len(texts), 3), np.nan), "NaN or infinite"),
        (lambda texts: np.full((len(texts), 3), np.inf), "NaN or infinite"),
        (lambda texts: np.ones((len(texts) - 1, 3)), "gave 3 vectors for 4 texts"),
    ],
)
def test_useless_vectors_are_refused(
    answer: object, says: str, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = MadeUpEncoder()
    monkeypatch.setattr(encoder, "encode", answer)
    with pytest.raises(UserError, match=says):
        encoder.encode_profiles(TEXTS, 3, places)
    assert not list(places.cache.rglob("*.npy")), "nothing of it is kept"


def test_vectors_are_a_file_and_not_in_memory(places: Places) -> None:
    vectors = MadeUpEncoder().encode_profiles(TEXTS, 3, places)
    assert isinstance(vectors, np.memmap)
    assert Path(str(vectors.filename)).parent == places.scratch
