"""The public names: looked up lazily, quick to import, and not hidden by folders of the same name."""

import subprocess
import sys

import pytest

import ketasim as ks

HEAVY = ("numpy", "numba", "sympy", "scipy", "pandas", "xarray", "matplotlib", "pint", "zarr", "pyarrow")


def test_importing_brings_nothing_heavy():
    code = f"import ketasim, sys; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "first",
    ["ketasim.population.people", "ketasim.model.model", "ketasim.simulation.simulate", "ketasim.evidence.store"],
)
def test_functions_answer_whatever_was_imported_before(first):
    code = (
        f"import {first}, ketasim as ks; import ketasim.model.model as m; "
        "print(ks.population('trd-adults', n=3, seed=1).n, callable(ks.model), callable(ks.simulate), m.Model.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["3", "True", "True", "Model"]


def test_every_public_name_is_there():
    for name in ks.__all__:
        assert callable(getattr(ks, name)), name
        assert name in dir(ks)


def test_an_unknown_name_says_what_there_is():
    with pytest.raises(AttributeError, match="simulate"):
        ks.simulat  # noqa: B018
