"""The guides and the reference as a site."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from places import PROJECT


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built strictly: a broken link, or an object that is not there, fails."""
    place = tmp_path_factory.mktemp("site")
    line = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(place)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(line, cwd=PROJECT, env=environment, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    return place


def test_every_guide_is_a_page_and_can_be_searched(site: Path) -> None:
    index = json.loads((site / "search" / "search_index.json").read_text("utf-8"))
    found = {entry["location"].partition("#")[0] for entry in index["docs"]}
    guides = {str(path.relative_to(PROJECT / "docs").with_suffix(".html")) for path in (PROJECT / "docs").rglob("*.md")}
    assert guides - found <= {"index.html"} and guides <= {str(p.relative_to(site)) for p in site.rglob("*.html")}


def test_the_reference_tells_of_the_library(site: Path) -> None:
    text = (site / "reference" / "runs.html").read_text("utf-8")
    for name in ("compose", "build", "train", "load", "TrainedRun.recommend_to_new"):
        assert f"{name}" in text
    assert "Enjoys hard science fiction" in text  # examples are shown


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    loaded = re.compile(
        r"""<(?:script|img|link[^>]*rel="?(?:stylesheet|icon|preconnect))[^>]*(?:src|href)="?(https?://[^"\s>]+)"""
    )
    for page in site.rglob("*.html"):
        assert loaded.findall(page.read_text("utf-8")) == []
