"""The text for CUDA devices: self-contained, from the same functions, one patient per thread."""

import ast
import re

from tests.support.exam import system

from ketasim.compiler import cuda, emit
from ketasim.compiler.options import Options
from ketasim.compiler.program import build

PROGRAM, OPTIONS = build(system()), Options()
OWN = emit.functions(PROGRAM, OPTIONS)
TEXT = cuda.module(PROGRAM, OPTIONS, OWN)


def test_the_loop_goes_and_the_lane_comes_from_the_thread():
    text = """def step(w, rtol):
    \"\"\"Step.\"\"\"
    for lane in range(LANES):
        w[16 + lane] = 1.0

        # why
        w[32 + lane] = 2.0


def judge(w: F64, most: float) -> None:
    for lane in range(LANES):
        if most:
            w[lane] = most


def hoist(p, w, lane):
    w[lane] = p[0]
"""
    expected = """def step(w, lane, rtol):
    \"\"\"Step.\"\"\"
    w[16 + lane] = 1.0

    # why
    w[32 + lane] = 2.0


def judge(w: F64, lane, most: float) -> None:
    if most:
        w[lane] = most


def hoist(p, w, lane):
    w[lane] = p[0]
"""
    assert cuda.per_thread(text) == expected.rstrip("\n")


def test_functions_with_ends_are_guarded_and_others_left():
    assert cuda.guarded("a = math.exp(math.sqrt(x)) + math.erf(y)") == "a = expo(root(x)) + math.erf(y)"


def test_the_text_is_self_contained_and_the_same_each_time():
    assert cuda.module(PROGRAM, OPTIONS, emit.functions(PROGRAM, OPTIONS)) == TEXT
    assert "import ketasim" not in TEXT and "from ketasim" not in TEXT
    assert "range(LANES)" not in TEXT
    tree = ast.parse(TEXT)
    functions = [f for f in tree.body if isinstance(f, ast.FunctionDef)]
    assert all(len(f.decorator_list) == 1 for f in functions)
    assert [f.name for f in functions if ast.unparse(f.decorator_list[0]) == "entry"] == ["run"]
    assert len({f.name for f in functions}) == len(functions)


def test_both_files_evaluate_the_same_lines():
    """Each line of the step of the processor's file stands in that for devices, but for its functions' names."""
    other = {line.strip() for line in TEXT.splitlines()}
    lines = {cuda.guarded(line.strip()) for line in OWN.splitlines() if re.search(r"^        \w.* = ", line)}
    assert len(lines) > 300
    assert lines <= other
