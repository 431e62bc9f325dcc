from pathlib import Path

import numpy as np
import pytest

from rlmrec.common.errors import UserError
from rlmrec.text.vector_cache import VectorCache

IDENTITY = {"encoder": "made up", "width": 3}


def vectors(*numbers: float) -> np.ndarray:
    return np.array([[number, 0, 1] for number in numbers], dtype=np.float32)


def test_vectors_are_found_again_in_any_order(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path, IDENTITY)
    cache.add(["a", "b"], vectors(1, 2))
    cache.add(["c"], vectors(3))
    again = VectorCache(tmp_path, IDENTITY)
    assert again.missing(["c", "d", "a", "é"]) == ["d", "é"]
    found = again.gather(["c", "a", "b", "c", "a"], tmp_path / "out.npy")
    np.testing.assert_array_equal(found, vectors(3, 1, 2, 3, 1))
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), found)


def test_another_identity_is_another_cache(tmp_path: Path) -> None:
    VectorCache(tmp_path, IDENTITY).add(["a"], vectors(1))
    assert VectorCache(tmp_path, IDENTITY | {"width": 4}).missing(["a"]) == ["a"]


def test_two_writers_lose_nothing(tmp_path: Path) -> None:
    first, second = VectorCache(tmp_path, IDENTITY), VectorCache(tmp_path, IDENTITY)
    first.add(["a", "b"], vectors(1, 2))
    second.add(["a", "b"], vectors(1, 2))
    second.add(["c"], vectors(3))
    first.add(["d"], vectors(4))
    found = VectorCache(tmp_path, IDENTITY).gather(["a", "b", "c", "d"], tmp_path / "out.npy")
    np.testing.assert_array_equal(found, vectors(1, 2, 3, 4))


def test_unfinished_and_damaged_chunks_cost_no_more_than_themselves(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache = VectorCache(tmp_path, IDENTITY)
    cache.add(["a"], vectors(1))
    cache.add(["b"], vectors(2))
    (cache.folder / ".xyz.npy.123.partial").write_bytes(b"\x93NUMPY")
    damaged = cache.chunks[1]
    damaged.write_bytes(damaged.read_bytes()[:-3])
    again = VectorCache(tmp_path, IDENTITY)
    assert again.missing(["a", "b"]) == ["b"]
    assert str(damaged) in caplog.text
    again.add(["b"], vectors(2))
    assert VectorCache(tmp_path, IDENTITY).missing(["a", "b"]) == []


def test_pickles_are_not_read(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path, IDENTITY)
    np.save(cache.folder / "evil.npy", np.array([{"key": 1}], dtype=object), allow_pickle=True)
    assert VectorCache(tmp_path, IDENTITY).missing(["a"]) == ["a"]


def test_vectors_of_two_widths(tmp_path: Path) -> None:
    one, other = VectorCache(tmp_path, IDENTITY), VectorCache(tmp_path, IDENTITY)
    one.add(["a"], vectors(1))
    with pytest.raises(UserError, match="the model changed under its name: remove that folder"):
        one.add(["b"], vectors(2)[:, :2])
    other.add(["b"], vectors(2)[:, :2])  # of a process that saw no vector yet
    with pytest.raises(UserError, match="the model changed under its name: remove that folder"):
        VectorCache(tmp_path, IDENTITY).gather(["a", "b"], tmp_path / "out.npy")


def test_a_place_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="choose another with cache="):
        VectorCache(tmp_path / "file", IDENTITY)


def test_files_of_other_shapes_are_told_and_left(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    cache = VectorCache(tmp_path, {"encoder": 1})
    np.savez(cache.folder / "archive.npz", np.ones(3))
    (cache.folder / "archive.npz").rename(cache.folder / "archive.npy")
    np.save(cache.folder / "scalars.npy", np.zeros(2, dtype=[("key", "u1", (32,)), ("vector", "<f4")]))
    np.save(cache.folder / "numbers.npy", np.zeros(2))
    again = VectorCache(tmp_path, {"encoder": 1})
    assert again.missing(["a"]) == ["a"] and not again.chunks
    assert caplog.text.count("its texts will be encoded again") == 3
