"""Linear models as text: what counts as linear, what is written, and that it says what the equations say."""

import ast

import numpy as np
import pytest
import sympy

from ketasim.compiler.linear import is_linear, joined, kernel_text, linear_text
from ketasim.compiler.program import build
from ketasim.model.system import System

X, Y, K, M, T = sympy.symbols("x y k m t")
HALF = sympy.Symbol("half")


def program(derivatives, outputs=(X,), assignments=(), initial=(0, 0)):
    sympified = [tuple(sympy.sympify(e) for e in group) for group in (derivatives, initial, outputs)]
    names = tuple(f"y{i}" for i in range(len(outputs)))
    return build(System("two", (X, Y), (K, M), T, tuple(assignments), sympified[0], sympified[1], names, sympified[2]))


def plain(text):
    """The module's functions as ordinary Python."""
    space = {"njit": lambda **_: lambda function: function}
    exec(compile(text.replace("from numba import njit\n", ""), "generated", "exec"), space)
    return space


@pytest.mark.parametrize(
    ("derivatives", "linear"),
    [
        ((-K * X, K * X - M * Y), True),
        ((M - sympy.exp(K) * X, (K + M) * (X - 2 * Y) / K), True),
        ((sympy.Piecewise((K, K > M), (M, True)) * X, Y), True),
        ((-K * X / (M + X), 0), False),
        ((-K * X * Y, 0), False),
        ((-K * T * X, 0), False),
        ((-K * X + T, 0), False),
        ((sympy.Max(X, M), 0), False),
        ((sympy.Piecewise((K, X > M), (M, True)), 0), False),
    ],
)
def test_what_counts_as_linear(derivatives, linear):
    assert is_linear(program(derivatives)) is linear


def test_the_text_gives_entries_constants_and_initial_values():
    what = program((M - HALF * X, 3 * (HALF * X - Y) + M / 2), assignments=[(HALF, K / 2)], initial=(M / K, 0))
    space = plain(linear_text(what))
    p = np.array([[4.0, 5.0], [8.0, 1.0]])
    a, c, start = np.zeros((2, len(space["ROW"]))), np.zeros((2, 2)), np.zeros((2, 2))
    auxiliary = np.zeros((2, space["N_AUXILIARY"]))
    space["coefficients"](p, a, c, start, auxiliary)
    for r, (k, m) in enumerate(p):
        matrix = np.zeros((2, 2))
        matrix[list(space["ROW"]), list(space["COL"])] = a[r]
        np.testing.assert_allclose(matrix, [[-k / 2, 0.0], [1.5 * k, -3.0]])
        np.testing.assert_allclose(c[r], [m, m / 2])
        np.testing.assert_allclose(start[r], [m / k, 0.0])
    assert space["CONSTANT"] == (True, True)
    assert space["STARTS"] == (True, False)


def test_outputs_may_bend_and_unsolved_rows_are_nan():
    what = program((-K * X, K * X), outputs=(Y**2 / (M + Y**2), sympy.log(Y + sympy.exp(K)) * T))
    space = plain(linear_text(what))
    p, x, t = np.array([[0.3, 2.0]]), np.array([[1.5], [9.0]]), np.array([4.0, 5.0])
    a, c, start = np.zeros((1, len(space["ROW"]))), np.zeros((1, 2)), np.zeros((1, 2))
    auxiliary, y = np.zeros((1, space["N_AUXILIARY"])), np.zeros((2, 2))
    assert space["NEEDED"] == (1,)
    space["coefficients"](p, a, c, start, auxiliary)
    space["outputs"](x, np.array([0, -1]), t, p, auxiliary, y)
    np.testing.assert_allclose(y[0], [2.25 / 4.25, np.log(1.5 + np.exp(0.3)) * 4.0])
    assert np.all(np.isnan(y[1]))


def test_the_kernels_are_one_file_that_imports_nothing_from_us():
    tree = ast.parse(kernel_text())
    modules = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not [name for name in modules if name and name.startswith("ketasim")]
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert {"run", "check", "decompose", "schur"} <= defined


def test_joining_drops_what_was_imported_from_us(tmp_path):
    one, two = tmp_path / "one.py", tmp_path / "two.py"
    one.write_text('"""One."""\n\nfrom __future__ import annotations\n\nA = 1\n')
    two.write_text("from ketasim.one import (\n    A,\n)\n\nif TYPE_CHECKING:\n    import b\n\nB = A + 1\n")
    space: dict = {}
    exec(joined(one, two), space)
    assert space["B"] == 2
