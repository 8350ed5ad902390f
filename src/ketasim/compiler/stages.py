"""One Rosenbrock step as straight-line text over lanes: matrix, factors, eight stages, error, dense output."""

from __future__ import annotations

from dataclasses import dataclass

from ketasim.compiler.graph import PARAMETER, Node
from ketasim.compiler.program import Program
from ketasim.compiler.tableau import DENSE, GAMMA, NODES, STAGES, A, C, D, linear_rows
from ketasim.compiler.writer import Writer, number

CONTROLS = (
    *("T", "H", "END", "GOAL", "STOP", "NEXT", "ERR", "FAC"),
    *("TAKE", "LANDS", "FAILED", "COUNT", "FRESH", "CALL", "SEEN"),
)
CODES = ("QUIET", "SERVE", "TIRED", "LOST", "STUCK")  # why a lane asks for attention
FIXED: dict[str, float] = {name: at for at, name in enumerate((*CONTROLS, "X"))}  # rows that are the same in all models
FIXED |= {code: float(i) for i, code in enumerate(CODES)}
CONTROL = """\
tiny = e if e > 1e-12 else 1e-12
fac = 0.9 * expo(-0.2 * logn(tiny))
fac = 8.0 if fac > 8.0 else fac
fac = 0.15 if fac < 0.15 else fac"""


@dataclass(frozen=True, slots=True)
class Layout:
    """Rows of the workspace `w`; row r of lane l is w[r * lanes + lane]."""

    program: Program
    lanes: int

    def constants(self) -> dict[str, int]:
        """The names that kernels use, as in engine/kernels/slots.pyi."""
        n, m, k = self.program.n_states, len(self.program.outputs), len(self.program.watched)
        rows = dict.fromkeys(CONTROLS, 1)
        rows |= {"X": n, "X1": n, "RATE": n, "OUT": m, "Q": len(self.program.hoisted), "DENSE": 3 * k}
        result, at = {"LANES": self.lanes, "NX": n, "NY": m}, 0
        for name, count in rows.items():
            result[name] = at
            at += count
        return result | {"ROWS": at}

    def __getattr__(self, name: str) -> int:
        """First row by lower-case name: layout.x1, layout.rate."""
        return self.constants()[name.upper()]

    def at(self, row: int) -> str:
        """The text of a cell of this lane."""
        return f"w[{row * self.lanes} + lane]"

    def env(self) -> dict[Node, str]:
        """What is at hand within a step: states, hoisted nodes, time."""
        g = self.program.graph
        env = {n: f"y{key[1]}" for n, key in enumerate(g.keys) if key[0] == "state"}
        env |= {n: self.at(self.q + i) for i, n in enumerate(self.program.hoisted)}
        return env | {g.make("time"): "t"}

    def loads(self) -> list[str]:
        """Time and states into variables."""
        return [f"t = {self.at(self.t)}", *(f"y{i} = {self.at(self.x + i)}" for i in range(self.program.n_states))]

    def present(self) -> list[str]:
        """The states that outputs use, as they stand."""
        return [f"t = {self.at(self.t)}", *(f"z{i} = {self.at(self.x + i)}" for i in self.program.watched)]

    def interpolation(self) -> list[str]:
        """The states that outputs use, at SEEN within the step: dense output of order four."""
        t, h, seen = self.at(self.t), self.at(self.h), self.at(self.seen)
        lines = [f"s = ({seen} - {t}) / {h}", "s = 0.0 if s < 0.0 else s", "r = 1.0 - s", f"t = {seen}"]
        k = len(self.program.watched)
        for j, i in enumerate(self.program.watched):
            a, b, c = (self.at(self.dense + m * k + j) for m in range(3))
            y0, y1 = self.at(self.x + i), self.at(self.x1 + i)
            lines.append(f"z{i} = r * {y0} + s * ({y1} + r * ({a} + s * ({b} + s * {c})))")
        return lines


def combination(start: str, weights: tuple[float, ...], names: list[str]) -> str:
    """start + sum of weight times name, zeros left out."""
    text = start
    for weight, name in zip(weights, names, strict=True):
        if weight == 1.0:
            text += f" + {name}"
        elif weight != 0.0:
            text += f" + {number(weight)} * {name}"
    return text


def step_lines(program: Program, layout: Layout) -> list[str]:
    """The body of the loop over lanes."""
    lines = [*layout.loads(), f"h = {layout.at(layout.h)}"]
    writer = Writer(program.graph, layout.env(), "v")
    lines += _slopes(program, layout, writer)
    lines += _factor(program, writer)
    for stage in range(STAGES):
        lines += _stage(program, layout, stage)
    return lines + _end(program, layout)


def _slopes(program: Program, layout: Layout, writer: Writer) -> list[str]:
    """Right-hand side and Jacobian at the start of the step."""
    roots = [*program.f, *program.jacobian.values(), *program.f_time.values()]
    lines = ["", "# right-hand side and slopes at the start of the step", *writer.block(roots)]
    for r in range(program.n_states):
        lines.append(f"# d{program.state_names[r]}/dt = {program.equations[r]}")
        lines.append(f"r{r} = {layout.at(layout.rate + r)}")
        lines.append(f"f0_{r} = h * ({writer.text(program.f[r])} + r{r})")
    for r, node in program.f_time.items():
        lines.append(f"ft{r} = h * h * {writer.text(node)}")
    return lines


def _factor(program: Program, writer: Writer) -> list[str]:
    """W = I/gamma - h J, its multipliers and the inverses of its pivots."""
    plan, jac, g = program.factors, program.jacobian, program.graph
    lines = ["", f"# W = I/gamma - h J in the order {plan.order}; {plan.fill_in} entries fill in"]
    entries = {(r, c) for r, c in jac if r != c}
    for (r, c), node in sorted(jac.items()):
        if r != c:
            lines.append(f"m{r}_{c} = h * {writer.text(g.neg(node))}")
    for r in range(program.n_states):
        own = f" - h * {writer.text(jac[r, r])}" if (r, r) in jac else ""
        lines.append(f"m{r}_{r} = {number(1.0 / GAMMA)}{own}")
    for k in plan.order:
        lines.append(f"i{k} = 1.0 / m{k}_{k}")
        for i in plan.lower[k]:
            lines.append(f"m{i}_{k} = m{i}_{k} * i{k}")
            for j in plan.upper[k]:
                old = f"m{i}_{j} - " if i == j or (i, j) in entries else "-"
                lines.append(f"m{i}_{j} = {old}m{i}_{k} * m{k}_{j}")
                entries.add((i, j))
    return lines


def _stage(program: Program, layout: Layout, stage: int) -> list[str]:
    """Right-hand sides of stage `stage`, then the solution of W k = b."""
    n, s = program.n_states, stage + 1
    beta, weights = linear_rows()
    lines = ["", f"# stage {s}"]
    env = layout.env()
    g = program.graph
    if stage:
        for i in program.staged:
            ks = [f"k{j + 1}_{i}" for j in range(stage)]
            if stage >= 6:
                lines.append(f"u{s}_{i} = u{s - 1}_{i} + k{stage}_{i}")
            else:
                lines.append(f"u{s}_{i} = {combination(f'y{i}', A[stage], ks)}")
            env[g.make("state", i)] = f"u{s}_{i}"
        env[g.make("time")] = f"(t + {number(NODES[stage])} * h)"
    writer = Writer(g, env, f"v{s}_")
    nonlinear = [r for r in range(n) if r not in program.linear]
    if stage:
        lines += writer.block([program.f[r] for r in nonlinear])
    for r in program.factors.order[::1]:
        ks = [f"k{j + 1}_{r}" for j in range(stage)]
        if not stage:
            text = f"f0_{r}"
        elif r in program.linear:
            text = combination(f"{number(beta[stage])} * f0_{r}", weights[stage], ks)
        else:
            text = combination(f"h * ({writer.text(program.f[r])} + r{r})", C[stage], ks)
        if r in program.f_time and D[stage] != 0.0:
            text += f" + {number(D[stage])} * ft{r}"
        lines.append(f"b{s}_{r} = {text}")
    return lines + _solve(program, s)


def _solve(program: Program, s: int) -> list[str]:
    plan = program.factors
    lines = []
    for k in plan.order:
        lines += [f"b{s}_{i} -= m{i}_{k} * b{s}_{k}" for i in plan.lower[k]]
    for k in reversed(plan.order):
        terms = "".join(f" - m{k}_{j} * k{s}_{j}" for j in plan.upper[k])
        lines.append(f"k{s}_{k} = (b{s}_{k}{terms}) * i{k}")
    return lines


def _end(program: Program, layout: Layout) -> list[str]:
    """New values, error, the next step size, dense output."""
    n = program.n_states
    lines = ["", "# new values and error"]
    weights = (*A[STAGES - 1], 1.0)
    for i in range(n):
        ks = [f"k{j + 1}_{i}" for j in range(STAGES)]
        text = f"u8_{i} + k8_{i}" if i in program.staged else combination(f"y{i}", weights, ks)
        lines += [f"z{i} = {text}", f"{layout.at(layout.x1 + i)} = z{i}"]
    lines.append("e = 0.0")
    for a in range(0, n - 1, 2):
        b = a + 1
        lines += [f"s{i} = atol + rtol * larger(abs(y{i}), abs(z{i}))" for i in (a, b)]
        lines.append(f"e += (square(k8_{a} * s{b}) + square(k8_{b} * s{a})) / square(s{a} * s{b})")
    if n % 2:
        i = n - 1
        lines += [f"s{i} = atol + rtol * larger(abs(y{i}), abs(z{i}))", f"e += square(k8_{i} / s{i})"]
    lines += [f"e = math.sqrt(e * {number(1.0 / n)})", f"{layout.at(layout.err)} = e", *CONTROL.splitlines()]
    lines += [f"{layout.at(layout.fac)} = fac", "", "# dense output of the states that outputs use"]
    k = len(program.watched)
    for m in range(3):
        for j, i in enumerate(program.watched):
            ks = [f"k{q + 1}_{i}" for q in range(STAGES)]
            first = f"{number(DENSE[m][0])} * {ks[0]}"
            lines.append(f"{layout.at(layout.dense + m * k + j)} = {combination(first, DENSE[m][1:], ks[1:])}")
    return lines


def is_constant(program: Program, node: Node) -> bool:
    """Whether a node stays the same within a parameter row."""
    return program.graph.kinds[node] <= PARAMETER
