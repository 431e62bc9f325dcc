"""What a manifest says of profiles and embeddings that were made elsewhere."""

from pathlib import Path
from typing import Any

import pytest

from rlmrec.cli.results import describe_embeddings
from rlmrec.data.manifest import imported_from, merged, origins
from rlmrec.report.factors.of_run import _encoder

USERS, ITEMS = {"origin": "mine"}, {"origin": "theirs"}


@pytest.mark.parametrize(
    ("earlier", "new", "kept", "expected"),
    [
        ({"encoder": "old"}, {"encoder": "new"}, [], {"encoder": "new"}),
        ({"imported": {"users": USERS}}, {"encoder": "new"}, [], {"encoder": "new"}),
        (
            {"imported": {"users": USERS, "items": ITEMS}, "mean_vectors": {"users": 1, "items": 2}},
            {"encoder": "new", "mean_vectors": {"users": 0, "items": 3}},
            ["users"],
            {"encoder": "new", "imported": {"users": USERS}, "mean_vectors": {"users": 1, "items": 3}},
        ),
        (
            {"encoder": "old", "dim": 3},
            {"imported": {"users": USERS}, "dim": 3},
            ["items"],
            {"encoder": "old", "imported": {"users": USERS}, "dim": 3},
        ),
        (
            {"encoder": "old", "imported": {"users": USERS}},
            {"imported": {"items": ITEMS}},
            ["users"],
            {"imported": {"users": USERS, "items": ITEMS}},
        ),
    ],
)
def test_what_stays_is_told_beside_what_is_new(
    earlier: dict[str, Any], new: dict[str, Any], kept: list[str], expected: dict[str, Any]
) -> None:
    assert merged(earlier, new, kept) == expected


@pytest.mark.parametrize(
    ("info", "told", "line"),
    [
        ({"encoder": "tfidf"}, [], "tfidf"),
        ({}, [], "unknown encoder"),
        (
            {"imported": {"items": USERS, "users": USERS}, "dim": 4, "dtype": "float32"},
            ["mine (imported, users and items)"],
            "mine (imported, users and items), 4 x float32",
        ),
        (
            {"imported": {"users": USERS, "items": ITEMS}},
            ["mine (imported, users)", "theirs (imported, items)"],
            "mine (imported, users), theirs (imported, items)",
        ),
        (
            {"encoder": "tfidf", "imported": {"items": ITEMS}},
            ["theirs (imported, items)"],
            "tfidf, theirs (imported, items)",
        ),
        (
            {"imported": {"items": ITEMS}, "only": "items"},
            ["theirs (imported, items)"],
            "theirs (imported, items), items only",
        ),
    ],
)
def test_results_name_the_origin(info: dict[str, Any], told: list[str], line: str) -> None:
    assert origins(info) == told
    assert describe_embeddings(info) == line
    assert _encoder(info) == " ".join([*([info["encoder"]] if "encoder" in info else []), *told]), "in reports"


def test_files_are_told_by_name_checksum_and_size(tmp_path: Path) -> None:
    (tmp_path / "u.csv").write_bytes(b"abc")
    checksum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    files = [{"name": "u.csv", "sha256": checksum, "bytes": 3}]
    assert imported_from(None, [tmp_path / "u.csv"], rows=2) == {"origin": "u.csv", "files": files, "rows": 2}
    assert imported_from("by hand", [tmp_path / "u.csv"])["origin"] == "by hand"
