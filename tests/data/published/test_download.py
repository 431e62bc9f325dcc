"""Fetching the published bundle from a server on this machine."""

import hashlib
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bundle_server import Server, serving, zipped
from rlmrec.common.errors import UserError
from rlmrec.data.published.bundle import fetch_bundle
from rlmrec.data.published.dataset import PublishedDataset

FILES = {"trn_mat.pkl": np.random.default_rng(0).bytes(400_000), "usr_prf.pkl": b"profiles"}
"""Random bytes, which do not compress, and enough of them for several pieces."""


BUNDLE = zipped({f"data/{name}/{file}": data for name in ("yelp", "steam") for file, data in FILES.items()})
SHA256 = hashlib.sha256(BUNDLE).hexdigest()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(BUNDLE) as running:
        yield running


def fetch(server: Server, cache: Path, name: str = "yelp", sha256: str = SHA256) -> Path:
    return fetch_bundle(server.url, sha256, cache, name)


def failure(server: Server, cache: Path, **options: Any) -> str:
    with pytest.raises(UserError) as caught:
        fetch(server, cache, **options)
    assert not (cache / "published" / "yelp").exists()
    return str(caught.value)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_fetched_once_for_all_datasets(server: Server, tmp_path: Path) -> None:
    for name in ("yelp", "yelp", "steam"):
        folder = fetch(server, tmp_path, name)
        assert folder == tmp_path / "published" / name
        assert contents(folder) == FILES
    assert server.asked == [None]


def test_an_unpacked_folder_needs_no_server(server: Server, tmp_path: Path) -> None:
    fetch(server, tmp_path)
    server.status = 500
    (tmp_path / "data.zip").unlink()
    assert contents(fetch(server, tmp_path)) == FILES
    assert len(server.asked) == 1


def test_another_checksum_is_refused_and_fetched_anew(server: Server, tmp_path: Path) -> None:
    server.content = BUNDLE[:-1] + b"?"
    message = failure(server, tmp_path)
    assert server.url in message
    assert SHA256 in message
    assert "dataset.root" in message
    assert not (tmp_path / "data.zip").exists()
    server.content = BUNDLE
    assert contents(fetch(server, tmp_path)) == FILES
    assert server.asked == [None, None], "nothing of the wrong file is kept"


def test_a_broken_connection_is_taken_up_where_it_ended(server: Server, tmp_path: Path) -> None:
    server.stop_after = 300_000
    assert "Run the command again to resume" in failure(server, tmp_path)
    (part,) = tmp_path.glob("*.part")
    kept = part.stat().st_size
    assert 100_000 < kept <= 300_000
    assert part.read_bytes() == BUNDLE[:kept]
    failure(server, tmp_path)
    kept_then = part.stat().st_size
    assert kept < kept_then
    server.stop_after = None
    assert contents(fetch(server, tmp_path)) == FILES
    assert server.asked == [None, f"bytes={kept}-", f"bytes={kept_then}-"]
    assert not part.exists()


def test_a_server_without_ranges_starts_over(server: Server, tmp_path: Path) -> None:
    server.stop_after, server.ranges = 300_000, False
    failure(server, tmp_path)
    server.stop_after = None
    assert contents(fetch(server, tmp_path)) == FILES
    assert server.asked[0] is None
    assert server.asked[1] is not None


def test_nothing_is_missing_of_a_download_that_was_whole(server: Server, tmp_path: Path) -> None:
    (tmp_path / "data.zip.part").write_bytes(BUNDLE)
    assert contents(fetch(server, tmp_path)) == FILES
    assert server.asked == [f"bytes={len(BUNDLE)}-"]


def test_the_rest_of_another_file_does_not_pass(server: Server, tmp_path: Path) -> None:
    (tmp_path / "data.zip.part").write_bytes(b"of something else")
    assert SHA256 in failure(server, tmp_path)
    assert contents(fetch(server, tmp_path)) == FILES


def test_a_server_that_compresses_on_the_way(server: Server, tmp_path: Path) -> None:
    server.compress = True
    assert contents(fetch(server, tmp_path)) == FILES


@pytest.mark.parametrize("status", [404, 503])
def test_errors_of_the_server_are_told(status: int, server: Server, tmp_path: Path) -> None:
    server.status = status
    message = failure(server, tmp_path)
    assert f"{server.url} could not be fetched: {status}" in message
    server.status = 200
    assert contents(fetch(server, tmp_path)) == FILES, "the page that came with the error is not kept"


def test_no_server(tmp_path: Path) -> None:
    with socket.socket() as taken:  # a port that nobody listens on, and that nobody else gets meanwhile
        taken.bind(("127.0.0.1", 0))
        gone = Server(b"", url=f"http://127.0.0.1:{taken.getsockname()[1]}/data.zip")
        assert f"{gone.url} could not be fetched" in failure(gone, tmp_path)


def test_a_cache_that_is_no_folder(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="could not be fetched"):
        fetch(server, tmp_path / "file" / "cache")


def test_the_archive_stays_when_it_lacks_the_dataset(server: Server, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"data\.zip holds no dataset amazon"):
        fetch(server, tmp_path, "amazon")
    assert not (tmp_path / "published" / "amazon").exists()
    assert contents(fetch(server, tmp_path)) == FILES
    assert server.asked == [None]


def test_a_dataset_is_fetched_on_first_use(server: Server, published_folder: Path, tmp_path: Path) -> None:
    server.content = zipped({f"data/yelp/{path.name}": path.read_bytes() for path in published_folder.iterdir()})
    sha256 = hashlib.sha256(server.content).hexdigest()
    fetched = PublishedDataset("yelp", None, str(tmp_path / "cache"), server.url, sha256, as_published=False)
    local = PublishedDataset("yelp", str(published_folder), "unused", "unused", "unused", as_published=False).load()
    for dataset in (fetched.load(), fetched.load()):
        assert dataset.fingerprint() == local.fingerprint()
        assert np.array_equal(dataset.profile_embeddings(), local.profile_embeddings())
    assert server.asked == [None]
