"""The project's own files, as tests about the project see them: which there are, what they import, what they name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = frozenset({"entitlements", "integrations", "app.py"})
NOT_OURS = frozenset({"instance", "__pycache__", "node_modules"})

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def files() -> tuple[Path, ...]:
    """Every file, relative to the root, without what tools and a running Deskgate leave behind."""
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return tuple(sorted(path for path in found if not any(map(is_left_behind, path.parts[:-1]))))


def is_left_behind(folder: str) -> bool:
    return folder in NOT_OURS or (folder.startswith(".") and folder != ".ci")


def text(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def texts() -> Iterator[tuple[Path, str]]:
    """Path and content of every file that is text."""
    for path in files():
        try:
            yield path, text(path)
        except UnicodeDecodeError:
            continue


def product_files() -> list[Path]:
    """The Python files of the product. Migrations are not among them: Alembic writes those."""
    return [path for path in files() if path.suffix == ".py" and path.parts[0] in PRODUCT]


def handwritten_files() -> list[Path]:
    """The Python files of the product, the tests and the benchmarks."""
    return [path for path in files() if path.suffix == ".py" and path.parts[0] in PRODUCT | {"tests", "benchmarks"}]


@cache
def source(path: Path) -> ast.Module:
    return ast.parse(text(path), filename=str(path))


def functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(source(path)) if isinstance(node, Function))


def classes(path: Path) -> Iterator[ast.ClassDef]:
    return (node for node in ast.walk(source(path)) if isinstance(node, ast.ClassDef))


@dataclass(frozen=True)
class Import:
    """One thing imported: `name` is all of it, `local` what the file calls it, `origin` what that stands for."""

    line: int
    name: str
    local: str
    origin: str


def imports(path: Path) -> Iterator[Import]:
    """Everything imported anywhere in a file, inside functions too."""
    for node in ast.walk(source(path)):
        if isinstance(node, ast.Import):
            yield from (plain_import(node.lineno, alias) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = absolute_module(path, node)
            for alias in node.names:
                name = f"{module}.{alias.name}"
                yield Import(node.lineno, name, alias.asname or alias.name, name)


def plain_import(line: int, alias: ast.alias) -> Import:
    """`import os.path` binds `os`; with `as`, the new name stands for all of it."""
    top = alias.name.partition(".")[0]
    return Import(line, alias.name, alias.asname or top, alias.name if alias.asname else top)


def absolute_module(path: Path, node: ast.ImportFrom) -> str:
    """The module that a `from ... import` names, with leading dots resolved."""
    package = path.parent.parts[: len(path.parent.parts) - node.level + 1] if node.level else ()
    return ".".join([*package, *filter(None, [node.module])])


def names_used(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full dotted origin of every imported thing the file uses: `dt.now` as `datetime.datetime.now`."""
    imported = list(imports(path))
    origins = {each.local: each.origin for each in imported}
    yield from ((each.line, each.name) for each in imported)
    for node in ast.walk(source(path)):
        first, _, rest = spelled(node).partition(".")
        if rest and first in origins:
            yield node.lineno, f"{origins[first]}.{rest}"


def spelled(node: ast.AST) -> str:
    """`a.b.c` for an attribute chain that begins with a plain name, else nothing."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := spelled(node.value)):
        return f"{before}.{node.attr}"
    return ""
