"""The code in the documents runs, from top to bottom, as a reader would run it."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from places import PROJECT

DOCS = PROJECT / "docs"


@pytest.fixture(scope="module", autouse=True)
def in_a_folder_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Documents write ``outputs/`` and ``data/`` where they are run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("documents"))
        patch.setenv("PYTHONPATH", str(PROJECT / "src"))
        yield


def test_the_library_page(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", (DOCS / "api.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 6
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "api.md", "exec"), names)  # noqa: S102
    printed = capsys.readouterr().out
    assert "TrainedRun(" in printed and "torch.Size([50, 32])" in printed
    assert len(list(Path("outputs/bookshelf/lightgcn-contrastive").iterdir())) == 1


def test_the_notebook() -> None:
    notebook = nbformat.read(DOCS / "quickstart.ipynb", as_version=4)
    assert [len(cell.get("outputs", [])) for cell in notebook.cells] == [0] * 6, "stored without outputs"
    shorter = [cell.source.replace("max_epochs=40", "max_epochs=2") for cell in notebook.cells]
    assert shorter[1] != notebook.cells[1].source
    for cell, source in zip(notebook.cells, shorter, strict=True):
        cell.source = source
    NotebookClient(notebook, timeout=300).execute()
    shown = [str(cell.outputs[-1]) for cell in notebook.cells[2:]]
    assert "recall@20" in shown[0] and "rank" in shown[1] and "Dune" in shown[2] and "plotly" in shown[3]


@pytest.mark.parametrize("page", sorted(path.name for path in [*DOCS.glob("*.md"), PROJECT / "README.md"]))
def test_links_lead_somewhere(page: str) -> None:
    path = PROJECT / page if page == "README.md" else DOCS / page
    targets = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", path.read_text("utf-8"))
    assert [target for target in targets if "://" not in target and not (path.parent / target).exists()] == []
