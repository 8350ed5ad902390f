"""A program as the text of one self-contained source file."""

from __future__ import annotations

from pathlib import Path

from ketasim.compiler.graph import Node
from ketasim.compiler.options import Options
from ketasim.compiler.program import Program
from ketasim.compiler.stages import FIXED, Layout, step_lines
from ketasim.compiler.writer import Writer, number
from ketasim.engine import kernels

MARK = "# --- text of the file starts here ---"
KERNELS = Path(kernels.__file__).parent


def functions(program: Program, options: Options) -> str:
    """The text of a model's own functions, the same on a processor and on a CUDA device."""
    layout = Layout(program, options.lanes)
    return joined(
        _hoist(program, layout),
        _initial(program),
        _lane_function("step(w, rtol, atol)", step_lines(program, layout), "One step tried in every lane."),
        _first_step(program, layout),
        _observers(program, layout),
        _lane_function("advance(w)", _advance(program, layout), "Go to the end of the steps that count."),
        kernel_text("control"),
    )


def module(program: Program, options: Options, own: str) -> str:
    """The text of a model: constants, mathematics, its `own` functions, and what turns them into instructions."""
    return joined(_head(program, options), kernel_text("maths"), own, kernel_text("lanes"))


def joined(*parts: str) -> str:
    """Parts of a file one below the other."""
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def title(program: Program) -> str:
    """The first lines of a file: what it is, and which state and parameter stands where."""
    states = "\n".join(f"#   x{i} = {name}" for i, name in enumerate(program.state_names))
    parameters = "\n".join(f"#   p{i} = {name}" for i, name in enumerate(program.parameter_names))
    return f'''"""{program.name}: generated text, read and compiled by ketasim. Its name is the hash of this text."""
# states
{states}
# parameters
{parameters}

from __future__ import annotations
'''


def sizes(program: Program, options: Options) -> str:
    """The rows of the workspace by name, and how many states and outputs there are."""
    known = {**FIXED, **Layout(program, options.lanes).constants()}
    return "\n".join(f"{name} = {value}" for name, value in known.items())


def driver(options: Options) -> str:
    """The text of the driver, the same for all models."""
    fast = '{"contract"}' if options.contract else "False"
    known = "\n".join(f"{name} = {value}" for name, value in {"LANES": options.lanes, **FIXED}.items())
    return f'''"""The driver of generated models, read and compiled by ketasim. Its name is the hash of this text."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

part = njit(nogil=True, error_model="numpy", fastmath={fast}, _nrt=False)
entry = njit(nogil=True, error_model="numpy", fastmath={fast}, _nrt=False, cache=True)

{known}


@intrinsic
def jump(typing, model, which, w, lane, p, x, rtol, atol):
    def codegen(context, builder, signature, arguments):
        double, whole = ir.DoubleType(), ir.IntType(64)
        kind = ir.FunctionType(double, [whole] * 5 + [double] * 2)
        return builder.call(builder.inttoptr(arguments[0], kind.as_pointer()), arguments[1:])

    return types.float64(*[types.int64] * 6, types.float64, types.float64), codegen


''' + decorated(kernel_text("seats") + kernel_text("driver"), {"run", "initial"})


def kernel_text(name: str) -> str:
    """What a file of engine/kernels gives to generated files."""
    return (KERNELS / f"{name}.py").read_text(encoding="utf-8").split(MARK, 1)[1]


def decorated(text: str, entries: set[str]) -> str:
    """Put the compiler's mark before every function of a text."""
    lines = []
    for line in text.splitlines():
        if line.startswith("def "):
            lines.append("@entry" if line[4 : line.index("(")] in entries else "@part")
        lines.append(line)
    return "\n".join(lines) + "\n"


def _head(program: Program, options: Options) -> str:
    flags = ("contract",) if options.contract else ()
    return f"""{title(program)}
import ast
import math
import operator
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

from llvmlite import binding, ir
from numba import cfunc, types
from numba.extending import intrinsic

FLAGS = {flags}
{sizes(program, options)}


def square(x):
    return x * x


def cube(x):
    return x * x * x


def larger(a, b):
    return a if (a > b) | (a != a) else b


def smaller(a, b):
    return a if (a < b) | (a != a) else b"""


def _parameter_env(program: Program) -> dict[Node, str]:
    graph = program.graph
    return {n: f"p[{key[1]}]" for n, key in enumerate(graph.keys) if key[0] == "par"}


def _hoist(program: Program, layout: Layout) -> str:
    """Everything that depends on parameters only, computed when a lane changes its parameter row."""
    writer = Writer(program.graph, _parameter_env(program), "c", lanes=False)
    lines = writer.block(program.hoisted)
    lines += [f"w[{(layout.q + i) * layout.lanes} + lane] = {writer.text(n)}" for i, n in enumerate(program.hoisted)]
    return _function("hoist(p, w, lane)", "What depends on parameters only, for one lane.", lines or ["pass"])


def _initial(program: Program) -> str:
    writer = Writer(program.graph, _parameter_env(program), "c", lanes=False)
    lines = writer.block(program.initial)
    named = enumerate(zip(program.initial, program.state_names, strict=True))
    lines += [f"x[{i}] = {writer.text(node)}  # {name}" for i, (node, name) in named]
    return _function("initial_values(p, x)", "Initial states for one parameter row.", lines)


def _function(signature: str, doc: str, lines: list[str]) -> str:
    body = "\n".join("    " + line if line else "" for line in lines)
    return f'def {signature}:\n    """{doc}"""\n{body}'


def _lane_function(signature: str, lines: list[str], doc: str) -> str:
    return _function(signature, doc, ["for lane in range(LANES):", *("    " + line for line in lines)])


def _advance(program: Program, layout: Layout) -> list[str]:
    """Time and states of the lanes whose step was accepted."""
    t, take = layout.at(layout.t), layout.at(layout.take)
    lines = [f"take = {take} == 1.0", f"{t} = {layout.at(layout.end)} if take else {t}"]
    for i in range(program.n_states):
        x = layout.at(layout.x + i)
        lines.append(f"{x} = {layout.at(layout.x1 + i)} if take else {x}")
    return lines


def _first_step(program: Program, layout: Layout) -> str:
    """Step size after a discontinuity, from f and its derivative along the solution, J f + f_t."""
    g, n = program.graph, program.n_states
    writer = Writer(g, layout.env(), "v")
    roots = [*program.f, *program.jacobian.values(), *program.f_time.values()]
    lines = [*layout.loads(), *writer.block(roots)]
    lines += [f"f{r} = {writer.text(program.f[r])} + {layout.at(layout.rate + r)}" for r in range(n)]
    lines += ["d1 = 0.0", "d2 = 0.0"]
    for r in range(n):
        terms = [f"{writer.text(node)} * f{c}" for (row, c), node in program.jacobian.items() if row == r]
        terms += [writer.text(program.f_time[r])] if r in program.f_time else []
        lines.append(f"s = 1.0 / (atol + rtol * abs(y{r}))")
        lines.append(f"d1 += square(f{r} * s)")
        lines.append(f"d2 += square(({' + '.join(terms) or '0.0'}) * s)")
    lines += [
        f"d1 = math.sqrt(d1 / {number(float(n))})",
        f"d2 = math.sqrt(d2 / {number(float(n))})",
        "d = larger(d1, math.sqrt(d2))",
        "return expo(logn(0.01 / d) * 0.16666666666666666) if (1e-12 < d) & (d < INF) else 1e-3",
    ]
    return _function("first_step(w, lane, rtol, atol)", "A first step after a jump.", lines)


def _observers(program: Program, layout: Layout) -> str:
    """Outputs within the step of every lane, and of one lane at the start of its step."""
    g = program.graph
    watched = {n: f"z{key[1]}" for n, key in enumerate(g.keys) if key[0] == "state"}
    result = []
    for signature, dense in (("observe(w)", True), ("observe_now(w, lane)", False)):
        env = {**layout.env(), **watched, g.make("time"): "t"}
        writer = Writer(g, env, "v")
        lines = layout.interpolation() if dense else layout.present()
        lines += writer.block(program.outputs)
        for i, (node, name) in enumerate(zip(program.outputs, program.output_names, strict=True)):
            lines += [f"# {name} = {program.output_texts[i]}", f"{layout.at(layout.out + i)} = {writer.text(node)}"]
        if dense:
            result.append(_lane_function(signature, lines, "Outputs at SEEN within the step of every lane."))
        else:
            result.append(_function(signature, "Outputs of one lane as it stands.", lines))
    return "\n\n\n".join(result)
