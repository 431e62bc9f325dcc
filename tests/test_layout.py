"""The house rules that a script can hold: folders import downward only, and stay small."""

import ast

import layout


def test_no_folder_imports_from_its_own_floor_or_above() -> None:
    assert layout.upward(layout.folders()) == []


def test_every_folder_has_its_floor_and_every_floor_its_folders() -> None:
    present = {path.name for path in layout.PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert present == {name for names in layout.FLOORS for name in names}


def test_an_import_upward_would_be_found() -> None:
    climbing = layout.Folder(imports={"training": ["data/dataset.py"]})
    assert layout.upward({"data": climbing}) == ["data/dataset.py: data imports training"]
    tree = ast.parse("def f():\n    from rlmrec.training.fit import x\nimport rlmrec.cli.frame.entry")
    assert set(layout.imported_names(tree)) == {"rlmrec.training.fit.x", "rlmrec.cli.frame.entry"}


def test_folders_and_files_stay_small() -> None:
    counts = layout.modules_by_folder()
    assert counts.pop(".", 0) <= 3, "loose modules"
    crowded = {name: n for name, n in counts.items() if name.split("/")[-1] not in layout.PARTS and n > 16}
    assert crowded == {}
    sizes = {path: len(path.read_text("utf-8").splitlines()) for path in layout.PACKAGE.rglob("*.py")}
    assert {str(path): size for path, size in sizes.items() if size > 225} == {}
