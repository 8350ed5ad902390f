"""Which numbers of a model can move an output at all, by its equations and by how doses enter."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from ketasim.model.compose import compose
from ketasim.model.layout import layout
from ketasim.model.model import Model


@lru_cache(maxsize=64)
def upstream(model: Model, outputs: Sequence[str]) -> frozenset[str]:
    """Parameters that any of these outputs (a tuple of names) depends on, and coefficients of their covariates."""
    system, plan = compose(model), layout(model)
    defined: dict[object, list[object]] = {symbol: [made] for symbol, made in system.assignments}
    for state, rate, start in zip(system.states, system.derivatives, system.initial, strict=True):
        defined[state] = [rate, start]
    ask = [system.outputs[system.output_names.index(name)] for name in outputs]
    seen: set[object] = set()
    while ask:
        new = set(getattr(ask.pop(), "free_symbols", ())) - seen
        seen |= new
        ask += [made for symbol in new for made in defined.get(symbol, ())]
    names = {name for name, symbol in zip(plan.parameters, system.parameters, strict=True) if symbol in seen}
    doses = (text or "" for i in model.inlets for text in (i.fraction, i.lag, i.duration, i.rate))
    names |= {name for text in doses for name in re.findall(r"[A-Za-z_][\w.]*", text)} & set(plan.parameters)
    return frozenset(names | {e.coefficient.id for name in names for e in plan.parameter(name).effects})
