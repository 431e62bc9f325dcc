"""The layout of the package: which folder imports which, read from the code's own import statements."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from places import SOURCE

PACKAGE = SOURCE / "rlmrec"
FLOORS = (
    ("cli",),
    ("report", "search", "serving"),
    ("api",),
    ("recommending",),
    ("training", "bookshelf", "public", "imports"),
    ("options", "runs", "evaluation", "profiles", "preparation"),
    ("aligners", "backbones", "fusions", "initialisers", "text"),
    ("losses", "projectors", "data"),
    ("graph", "formats"),
    ("common",),
)
"""From the top down: a folder imports only from floors below its own."""
PARTS = (
    "cli",
    "aligners",
    "backbones",
    "fusions",
    "initialisers",
    "losses",
    "projectors",
    "callbacks",
    "loggers",
    "sections",
    "formats",
    "sources",
    "splits",
    "backends",
    "indexes",
)
"""Folders of parts, one per file, may hold any number of them."""


@dataclass
class Folder:
    """What a folder of the package holds and imports."""

    modules: int = 0
    code_lines: int = 0
    imports: dict[str, list[str]] = field(default_factory=dict)
    """Imported folders, and the files that import them."""


def top_folder(path: Path) -> str:
    """The folder of a file directly below the package; its own name for a loose module."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_names(tree: ast.AST) -> Iterator[str]:
    """Every module of the package that a file imports, also within functions and for types."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("rlmrec"):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("rlmrec"))


def code_lines(text: str, tree: ast.Module) -> int:
    """Lines that are neither blank, comment nor docstring."""
    documented: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            documented |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = enumerate(text.splitlines(), 1)
    return sum(bool(line.strip()) and not line.strip().startswith("#") and n not in documented for n, line in lines)


def folders() -> dict[str, Folder]:
    """All folders directly below the package, and its loose modules."""
    found: dict[str, Folder] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        tree, name = ast.parse(text), top_folder(path)
        folder = found.setdefault(name, Folder())
        folder.modules += path.name != "__init__.py"
        folder.code_lines += code_lines(text, tree)
        for imported in imported_names(tree):
            target = imported.split(".")[1] if "." in imported else ""
            if target and target != name:
                folder.imports.setdefault(target, []).append(str(path.relative_to(PACKAGE)))
    return found


def floor(name: str) -> int:
    """The number of a folder's floor, 0 at the top."""
    return next(number for number, names in enumerate(FLOORS) if name in names)


def upward(found: dict[str, Folder]) -> list[str]:
    """Every import of a folder that does not stand on a floor below."""
    return [
        f"{', '.join(sorted(set(files)))}: {name} imports {target}"
        for name, folder in found.items()
        for target, files in folder.imports.items()
        if (PACKAGE / name).is_dir() and (PACKAGE / target).is_dir() and floor(target) <= floor(name)
    ]


def modules_by_folder() -> dict[str, int]:
    """Modules directly in every folder, other than ``__init__``."""
    paths = [path for path in PACKAGE.rglob("*.py") if path.name not in ("__init__.py", "__main__.py")]
    names = [str(path.parent.relative_to(PACKAGE)) for path in paths]
    return {name: names.count(name) for name in sorted(set(names))}


def main() -> None:
    """Print folders with modules, code lines and imports: ``python tests/helpers/layout.py``."""
    found = folders()
    for names in FLOORS:
        for name in names:
            folder = found[name]
            imports = ", ".join(sorted(folder.imports))
            print(f"{name:12} {folder.modules:3} modules {folder.code_lines:5} lines  imports {imports}")
    total = sum(folder.code_lines for folder in found.values())
    print(f"{total} code lines; imports upward: {len(upward(found))}")


if __name__ == "__main__":
    main()
