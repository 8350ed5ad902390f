"""Size limits of the house, run by `./dev check`: short files, short functions, one sentence on every folder."""

from __future__ import annotations

import ast
import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "ketasim"
LINES_PER_FILE, LINES_PER_LINK, LINES_PER_FUNCTION = 600, 150, 80
SHARE_UNDER_350, MEDIAN_LINES = 0.90, 130
NETWORK = {"socket", "urllib.request", "http.client", "requests", "httpx"}


def functions(tree: ast.AST) -> list[tuple[str, int]]:
    """Name and length in lines of every function of a module."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [(n.name, (n.end_lineno or n.lineno) - n.lineno + 1) for n in ast.walk(tree) if isinstance(n, kinds)]


def imports(tree: ast.AST) -> set[str]:
    """Modules that a module imports, by full name."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def faults_of(path: Path) -> list[str]:
    """What one file breaks."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    where, found = path.relative_to(ROOT).as_posix(), []
    lines = text.count("\n")
    if lines > LINES_PER_FILE:
        found.append(f"{where}: {lines} lines, limit {LINES_PER_FILE}; two ideas share a room")
    if path.parent == SOURCE / "pharmacology" and lines > LINES_PER_LINK:
        found.append(f"{where}: {lines} lines, limit {LINES_PER_LINK} for one mechanism")
    found += [
        f"{where}: function {name} has {length} lines, limit {LINES_PER_FUNCTION}"
        for name, length in functions(tree)
        if length > LINES_PER_FUNCTION
    ]
    if SOURCE in path.parents and imports(tree) & NETWORK:
        found.append(f"{where}: imports {imports(tree) & NETWORK}; nothing in the library opens the network")
    if path.name == "__init__.py" and path.parent.parent == SOURCE and path.parent.name != "engine":
        found += [] if ast.get_docstring(tree) else [f"{where}: say in a sentence what belongs here and what does not"]
    return found


def main() -> int:
    """Print every fault; 1 if there is any."""
    files = sorted(p for folder in ("src", "tests", "benchmarks", "examples") for p in (ROOT / folder).rglob("*.py"))
    faults = [fault for path in files for fault in faults_of(path)]
    sizes = [p.read_text(encoding="utf-8").count("\n") for p in files if SOURCE in p.parents]
    short = sum(size <= 350 for size in sizes) / len(sizes)
    if short < SHARE_UNDER_350:
        faults.append(f"src: {short:.0%} of the files have at most 350 lines, limit {SHARE_UNDER_350:.0%}")
    if statistics.median(sizes) > MEDIAN_LINES:
        faults.append(f"src: the median file has {statistics.median(sizes)} lines, limit {MEDIAN_LINES}")
    for fault in faults:
        print(fault)
    print(f"house: {len(sizes)} source files, median {statistics.median(sizes):.0f} lines, {len(faults)} faults")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
