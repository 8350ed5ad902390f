"""A program as the text of one self-contained source file."""

from __future__ import annotations

from pathlib import Path

from ketasim.compiler.graph import Node
from ketasim.compiler.options import Options
from ketasim.compiler.program import Program
from ketasim.compiler.stages import Layout, step_lines
from ketasim.compiler.writer import Writer, number
from ketasim.engine import kernels

MARK = "# --- text of every generated file starts here ---"
KERNELS = Path(kernels.__file__).parent
ENTRIES = {"run"}


def module(program: Program, options: Options) -> str:
    """The whole text: constants, mathematics, the model's functions, the driver."""
    layout = Layout(program, options.lanes)
    parts = [
        _head(program, options, layout),
        decorated(kernel_text("maths"), inline=True),
        _hoist(program, layout),
        _initial(program),
        _lane_function("step(w, rtol, atol)", step_lines(program, layout), "One step tried in every lane."),
        _first_step(program, layout),
        _observers(program, layout),
        decorated(kernel_text("driver"), inline=False),
    ]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def kernel_text(name: str) -> str:
    """What a file of engine/kernels gives to every generated file."""
    return (KERNELS / f"{name}.py").read_text(encoding="utf-8").split(MARK, 1)[1]


def decorated(text: str, *, inline: bool) -> str:
    """Put the compiler's mark before every function of a text, types aside."""
    lines = []
    for line in text.splitlines():
        if line.startswith("def "):
            name = line[4 : line.index("(")]
            lines.append("@entry" if name in ENTRIES else ("@inlined" if inline else "@part"))
        lines.append(line)
    return "\n".join(lines)


def _head(program: Program, options: Options, layout: Layout) -> str:
    fast = '{"contract"}' if options.contract else "False"
    sizes = "\n".join(f"{name} = {value}" for name, value in layout.constants().items())
    states = "\n".join(f"#   x{i} = {name}" for i, name in enumerate(program.state_names))
    parameters = "\n".join(f"#   p{i} = {name}" for i, name in enumerate(program.parameter_names))
    return f'''"""{program.name}: generated text, read and compiled by ketasim. Its name is the hash of this text."""
# states
{states}
# parameters
{parameters}

from __future__ import annotations

import math

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

inlined = njit(nogil=True, error_model="numpy", fastmath={fast}, forceinline=True)
part = njit(nogil=True, error_model="numpy", fastmath={fast})
entry = njit(nogil=True, error_model="numpy", fastmath={fast}, cache=True)

{sizes}


@intrinsic
def aligned_frame(typing):
    def codegen(context, builder, signature, args):
        # a frame pointer lets the stack be aligned, without which every spilled vector straddles two cache lines
        set.add(builder.function.attributes, '"frame-pointer"="all"')
        return context.get_dummy_value()

    return types.none(), codegen


@inlined
def bits(x):
    return np.float64(x).view(np.int64)


@inlined
def from_bits(i):
    return np.int64(i).view(np.float64)


@inlined
def square(x):
    return x * x


@inlined
def cube(x):
    return x * x * x


@inlined
def larger(a, b):
    return a if (a > b) | (a != a) else b


@inlined
def smaller(a, b):
    return a if (a < b) | (a != a) else b'''


def _parameter_env(program: Program, at: str) -> dict[Node, str]:
    graph = program.graph
    return {n: f"p[{at}, {key[1]}]" for n, key in enumerate(graph.keys) if key[0] == "par"}


def _hoist(program: Program, layout: Layout) -> str:
    """Everything that depends on parameters only, computed when a lane changes its parameter row."""
    writer = Writer(program.graph, _parameter_env(program, "at"), "c", lanes=False)
    lines = writer.block(program.hoisted)
    lines += [f"w[{(layout.q + i) * layout.lanes} + lane] = {writer.text(n)}" for i, n in enumerate(program.hoisted)]
    return _function(
        "part", "hoist(p, at, w, lane)", "What depends on parameters only, for one lane.", lines or ["pass"]
    )


def _initial(program: Program) -> str:
    writer = Writer(program.graph, _parameter_env(program, "at"), "c", lanes=False)
    lines = writer.block(program.initial)
    named = enumerate(zip(program.initial, program.state_names, strict=True))
    lines += [f"x[{i}] = {writer.text(node)}  # {name}" for i, (node, name) in named]
    one = _function("part", "initial_values(p, at, x)", "Initial states for one parameter row.", lines)
    loop = ["for r in range(p.shape[0]):", "    initial_values(p, r, x[r])"]
    return one + "\n\n\n" + _function("entry", "initial(p, x)", "Initial states of many parameter rows.", loop)


def _function(mark: str, signature: str, doc: str, lines: list[str], indent: str = "    ") -> str:
    body = "\n".join(indent + line if line else "" for line in lines)
    return f'@{mark}\ndef {signature}:\n    """{doc}"""\n{body}'


def _lane_function(signature: str, lines: list[str], doc: str) -> str:
    return _function(
        "part", signature, doc, ["aligned_frame()", "for lane in range(LANES):", *("    " + line for line in lines)]
    )


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
        "return first_guess(d1, d2)",
    ]
    guess = '''@part
def first_guess(d1, d2):
    """Step size from the scaled norms of the first and second derivatives."""
    d = max(d1, math.sqrt(d2))
    return (0.01 / d) ** (1.0 / 6.0) if 1e-12 < d < INF else 1e-3


'''
    return guess + _function("part", "first_step(w, lane, rtol, atol)", "A first step after a jump.", lines)


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
            result.append(_function("part", signature, "Outputs of one lane as it stands.", lines))
    return "\n\n\n".join(result)
