"""From the straight-line text of a generated file to vector instructions, without a detour through type inference.

The functions of a generated file use a small part of Python: assignments, arithmetic, comparisons, conditional
expressions, calls of one another, and one loop over lanes. Every name is a number, so each expression becomes one
instruction; within the loop over lanes it becomes an instruction on as many lanes as a register holds. The text below
the mark is copied into every generated file.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llvmlite import binding, ir
from numba import cfunc, types
from numba.extending import intrinsic

if TYPE_CHECKING:
    from ketasim.engine.kernels.slots import FLAGS, LANES

# --- text of the file starts here ---

FLOAT, WHOLE, BIT = ir.DoubleType(), ir.IntType(64), ir.IntType(1)
ARITHMETIC = {ast.Add: "fadd", ast.Sub: "fsub", ast.Mult: "fmul", ast.Div: "fdiv"}
BITWISE = {ast.Add: "add", ast.LShift: "shl", ast.RShift: "ashr", ast.BitAnd: "and_", ast.BitOr: "or_"}
FOLDED = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
RELATIONS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}


class Lines:
    """Turns lines into instructions on `width` lanes; `names` holds what is known, numbers or values."""

    def __init__(self, builder: Any, width: int, names: dict[str, Any], library: Callable[..., Any]) -> None:
        """`library` gives a function of `math` for one lane."""
        self.builder, self.width, self.names, self.library = builder, width, names, library
        self.loaded: dict[tuple[str, str], Any] = {}

    def wide(self, kind: Any) -> Any:
        """The type of one number per lane."""
        return ir.VectorType(kind, self.width) if self.width > 1 else kind

    def run(self, lines: list[ast.stmt]) -> Any:
        """Write the lines; the value they return."""
        for line in lines:
            match line:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self.names[name] = self.value(value)
                case ast.Assign(targets=[ast.Subscript() as cell], value=value):
                    self.store(cell, self.floating(self.value(value)))
                case ast.AugAssign(target=ast.Name(id=name), op=op, value=value):
                    self.names[name] = self.operate(op, self.names[name], self.value(value))
                case ast.Return(value=ast.expr() as value):
                    return self.floating(self.value(value))
                case ast.For(body=body):
                    self.loop(body)
                case ast.Expr(value=ast.Constant()) | ast.Pass():
                    continue
                case _:
                    raise NotImplementedError(f"line {line.lineno}: {ast.unparse(line)}")
        return None

    def loop(self, body: list[ast.stmt]) -> None:
        """All lanes, a register of them at a time."""
        b, around = self.builder, self.builder.block
        inside, behind = b.append_basic_block("lanes"), b.append_basic_block("done")
        b.branch(inside)
        b.position_at_end(inside)
        lane = b.phi(WHOLE)
        lane.add_incoming(WHOLE(0), around)
        width = register()
        spread = {k: self.spread(v, width) for k, v in self.names.items()}
        Lines(b, width, {**spread, "lane": lane}, self.library).run(body)
        following = b.add(lane, WHOLE(width))
        lane.add_incoming(following, b.block)
        b.cbranch(b.icmp_signed("<", following, WHOLE(LANES)), inside, behind)
        b.position_at_end(behind)

    def spread(self, v: Any, width: int) -> Any:
        """A number that is the same in all lanes."""
        if not isinstance(v, ir.Value) or v.type != FLOAT:
            return v
        first = self.builder.insert_element(ir.VectorType(FLOAT, width)(ir.Undefined), v, ir.IntType(32)(0))
        nowhere = ir.VectorType(ir.IntType(32), width)([0] * width)
        return self.builder.shuffle_vector(first, ir.VectorType(FLOAT, width)(ir.Undefined), nowhere)

    def cell(self, at: ast.Subscript) -> Any:
        """Where a cell stands: `w[768 + lane]`, `p[3]`."""
        array = self.names[at.value.id]  # type: ignore[attr-defined]
        match at.slice:
            case ast.BinOp(left=first, op=ast.Add(), right=ast.Name(id="lane")):
                place = self.builder.add(self.names["lane"], WHOLE(self.value(first)))
            case first:
                place = WHOLE(self.value(first))
        return self.builder.gep(array, [place], inbounds=True, source_etype=FLOAT)

    def load(self, at: ast.Subscript) -> Any:
        """What a cell holds, read once."""
        key = ast.dump(at.slice), at.value.id  # type: ignore[attr-defined]
        if key not in self.loaded:
            self.loaded[key] = self.builder.load(self.cell(at), align=8 * self.width, typ=self.wide(FLOAT))
        return self.loaded[key]

    def store(self, at: ast.Subscript, value: Any) -> None:
        """Let a cell hold a value."""
        self.loaded[ast.dump(at.slice), at.value.id] = value  # type: ignore[attr-defined]
        self.builder.store(value, self.cell(at), align=8 * self.width)

    def value(self, e: ast.expr) -> Any:
        """The value of an expression; literals stay numbers until they meet something."""
        match e:
            case ast.Constant(value=v):
                return v
            case ast.Name(id=name):
                return self.names[name]
            case ast.Subscript():
                return self.load(e)
            case ast.BinOp(left=left, op=op, right=right):
                return self.operate(op, self.value(left), self.value(right))
            case ast.UnaryOp(op=op, operand=operand):
                return self.turn(op, self.value(operand))
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self.compare(RELATIONS[type(op)], self.value(left), self.value(right))
            case ast.IfExp(test=test, body=body, orelse=other):
                yes, no = self.pair(self.value(body), self.value(other), True)
                return self.builder.select(self.value(test), yes, no)
            case ast.Call(func=function, args=arguments):
                return self.call(ast.unparse(function), [self.value(a) for a in arguments])
        raise NotImplementedError(ast.unparse(e))

    def floating(self, v: Any) -> Any:
        """A number as it stands in registers."""
        return self.literal(v, self.wide(FLOAT)) if isinstance(v, int | float) else v

    def literal(self, v: Any, kind: Any) -> Any:
        """A literal in all lanes."""
        one = float(v) if kind in {FLOAT, ir.VectorType(FLOAT, self.width)} else v
        return ir.Constant(kind, [one] * self.width if self.width > 1 else one)

    def pair(self, a: Any, b: Any, floating: bool = False) -> tuple[Any, Any]:
        """Two operands of one type."""
        if isinstance(a, int | float) and isinstance(b, int | float):
            kind = self.wide(FLOAT if floating or isinstance(a, float) or isinstance(b, float) else WHOLE)
            return self.literal(a, kind), self.literal(b, kind)
        if isinstance(a, int | float):
            return self.literal(a, b.type), b
        return a, (self.literal(b, a.type) if isinstance(b, int | float) else b)

    def operate(self, op: ast.operator, a: Any, b: Any) -> Any:
        """Two operands and an operator; literals are folded."""
        if isinstance(a, int | float) and isinstance(b, int | float):
            return FOLDED[type(op)](a, b)
        a, b = self.pair(a, b)
        if a.type == self.wide(FLOAT):
            return getattr(self.builder, ARITHMETIC[type(op)])(a, b, flags=FLAGS)
        return getattr(self.builder, BITWISE[type(op)])(a, b)

    def turn(self, op: ast.unaryop, v: Any) -> Any:
        """A sign or a negation."""
        if isinstance(v, int | float):
            return not v if isinstance(op, ast.Not) else -v
        return self.builder.not_(v) if isinstance(op, ast.Not) else self.builder.fneg(v)

    def compare(self, relation: str, a: Any, b: Any) -> Any:
        """A bit per lane; what is not a number is neither less nor equal."""
        a, b = self.pair(a, b)
        if a.type == self.wide(WHOLE):
            return self.builder.icmp_signed(relation, a, b)
        return (self.builder.fcmp_unordered if relation == "!=" else self.builder.fcmp_ordered)(relation, a, b)

    def call(self, name: str, values: list[Any]) -> Any:
        """A function of this file is written out in place; square roots and absolute values are instructions."""
        if name in {"bits", "from_bits"}:
            return self.builder.bitcast(self.floating(values[0]), self.wide(WHOLE if name == "bits" else FLOAT))
        if name in {"abs", "math.sqrt"}:
            (v,) = map(self.floating, values)
            return self.builder.call(self.instruction("fabs" if name == "abs" else "sqrt"), [v])
        if name.startswith("math."):
            return self.library(name[5:], [self.floating(v) for v in values])
        function = functions()[name]
        names = {**constants(), **dict(zip((a.arg for a in function.args.args), values, strict=True))}
        inner = Lines(self.builder, self.width, names, self.library)
        return inner.run(function.body)

    def instruction(self, name: str) -> Any:
        """An instruction on one number per lane that has no operator."""
        full = f"llvm.{name}." + (f"v{self.width}f64" if self.width > 1 else "f64")
        known = self.builder.module.globals.get(full)
        kind = self.wide(FLOAT)
        return known or ir.Function(self.builder.module, ir.FunctionType(kind, [kind]), full)


@cache
def functions() -> dict[str, ast.FunctionDef]:
    """The functions of this file by name."""
    tree = ast.parse(Path(__file__).read_text(encoding="utf-8"))
    return {f.name: f for f in tree.body if isinstance(f, ast.FunctionDef)}


@cache
def constants() -> dict[str, Any]:
    """The numbers of this file by name."""
    return {name: v for name, v in globals().items() if isinstance(v, int | float)}


@cache
def register() -> int:
    """Numbers in a vector register of this machine."""
    features = binding.get_host_cpu_features()
    return 8 if features.get("avx512f") else (4 if features.get("avx") else 2)


PARTS = ("plan", "step", "judge", "advance", "observe", "observe_now", "first_step", "hoist", "initial_values")
ADDRESSES = ("w", "lane", "p", "x")
PLACE = ir.PointerType()
PART = ir.FunctionType(FLOAT, [PLACE, WHOLE, PLACE, PLACE, FLOAT, FLOAT])


def written(module: Any, name: str, library: Callable[..., Any]) -> Any:
    """A function of this file as a function of a module."""
    function = ir.Function(module, PART, f"lanes_{name}")
    function.linkage = "internal"
    function.attributes.add("noinline")
    # a frame pointer lets the stack be aligned, without which every spilled vector straddles two cache lines
    set.add(function.attributes, '"frame-pointer"="all"')
    for argument in (0, 2, 3):
        function.args[argument].add_attribute("noalias")
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    source = functions()[name]
    limits = (a.arg for a in source.args.args if a.arg not in ADDRESSES)
    names = {**constants(), **dict(zip((*ADDRESSES, *limits), function.args, strict=False))}
    result = Lines(builder, 1, names, partial(library, builder)).run(source.body)
    builder.ret(FLOAT(0.0) if result is None else result)
    return function


def library(context: Any, builder: Any, name: str, values: list[Any]) -> Any:
    """A function of `math`, for one lane."""
    kind = types.float64(*[types.float64] * len(values))
    return context.get_function(getattr(math, name), kind)(builder, values)


def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """All parts, and the choice of one."""
    which, w, lane, p, x, one, two = arguments
    w, p, x = (builder.inttoptr(address, PLACE) for address in (w, p, x))
    behind = builder.append_basic_block("behind")
    choice = builder.switch(which, behind)
    made = [(FLOAT(0.0), builder.block)]
    for i, name in enumerate(PARTS):
        part = written(builder.module, name, partial(library, context))
        block = builder.append_basic_block(name)
        choice.add_case(WHOLE(i), block)
        with builder.goto_block(block):
            made.append((builder.call(part, [w, lane, p, x, one, two]), block))
            builder.branch(behind)
    builder.position_at_end(behind)
    result = builder.phi(FLOAT)
    for value, block in made:
        result.add_incoming(value, block)
    return result


def chosen(typing: Any, which: Any, w: Any, lane: Any, p: Any, x: Any, one: Any, two: Any) -> Any:
    """Part `which` of the model at the addresses `w`, `p` and `x`."""
    return SIGNATURE, codegen


def whole(which: int, w: int, lane: int, p: int, x: int, one: float, two: float) -> Any:
    """What the driver calls."""
    return parts(which, w, lane, p, x, one, two)


SIGNATURE = types.float64(*[types.int64] * 5, types.float64, types.float64)
parts = intrinsic(chosen)
model = cfunc(SIGNATURE, cache=True)(whole)
