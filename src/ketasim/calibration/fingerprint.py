"""What a calibration stands on: model structure and priors, the studies it read, and the code that did it.

Code enters as its syntax without docstrings and comments, so that new wording does not make a calibration stale.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable
from pathlib import Path

from ketasim.pharmacology.mood.glutamate import Mechanism
from ketasim.pharmacology.mood.values import CALIBRATED
from ketasim.studies.shelf import marked

HERE = Path(__file__).parent
NUMERIC = (
    "arms",
    "course",
    "data",
    "exposure",
    "likelihood",
    "marginal",
    "parameters",
    "people",
    "predict",
    "relief",
    "statistics",
    "survival",
)
SHARED = (
    "measurement/link.py",
    "pharmacology/mood/drug_factor.py",
    "studies/called.py",
    "studies/chain.py",
    "studies/observed.py",
    "studies/openly.py",
    "studies/printed.py",
    "studies/record.py",
    "studies/size.py",
    "trials/rules.py",
)


def current(mechanism: Mechanism = CALIBRATED) -> dict[str, str]:
    """Fingerprints of model, evidence and code as they are now."""
    return {"model": of_model(mechanism), "evidence": of_studies(), "code": of_code()}


def of_model(mechanism: Mechanism = CALIBRATED) -> str:
    """Components of exposure and trigger with every number, equations after it, fixed numbers, priors of the rest."""
    from ketasim.calibration.parameters import estimated
    from ketasim.calibration.predict import fixed as fixed_rates
    from ketasim.evidence.store import fact
    from ketasim.pharmacology import platform
    from ketasim.pharmacology.mood import pathway
    from ketasim.pharmacology.mood.glutamate import glutamate
    from ketasim.pharmacology.mood.potentiation import potentiation

    routes = sorted({(d["drug"], d["route"]) for s in marked("calibrate") for a in s.arms for d in a.doses})
    exposure = platform.model(routes)
    trigger = [p for p in potentiation().parameters if p.name in ("rate", "saturation")]
    numbers = [
        (p.name, p.unit, p.fact.value, p.between, p.occasion,
         [(e.covariate, e.form, e.coefficient.value, e.reference, e.levels) for e in p.effects])
        for c in exposure.components for p in c.parameters
    ]  # fmt: skip
    equations = [
        c.equations for c in (*exposure.components, glutamate(mechanism), *pathway.model(routes, mechanism).components)
    ]
    fixed = [(p.name, p.fact.value) for p in (*glutamate(mechanism).parameters, *trigger)]
    rates = [fixed_rates(), fact("mood.baseline").value, fact("mood.baseline").spread]
    linked = [(c.first, c.second, c.value) for c in exposure.correlations]
    return _digest([repr(numbers), repr(linked), repr(equations), repr(fixed), repr(rates), repr(estimated())])


def of_studies() -> str:
    """The records marked `calibrate`, whole."""
    return _digest(s.path.read_text(encoding="utf-8") for s in sorted(marked("calibrate"), key=lambda s: s.id))


def of_code() -> str:
    """The modules that predictions and likelihood are made of."""
    paths = [*(HERE / f"{name}.py" for name in NUMERIC), *(HERE.parent / name for name in SHARED)]
    return _digest(_syntax(path.read_text(encoding="utf-8")) for path in paths)


def _syntax(text: str) -> str:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if (
            isinstance(body, list)
            and body
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
        ):
            node.body = body[1:] or [ast.Pass()]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _digest(pieces: Iterable[str]) -> str:
    found = hashlib.sha256()
    for piece in pieces:
        found.update(piece.encode() + b"\0")
    return found.hexdigest()[:32]
