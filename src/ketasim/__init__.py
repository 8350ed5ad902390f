"""ketasim: ketamine from dose to plasma, receptor and mood. A research tool, not a medical device.

    import ketasim as ks

    regimen = ks.Regimen.preset("spravato-induction")
    people = ks.population("trd-adults", n=1000, seed=7)
    run = ks.simulate(ks.model("platform"), people, regimen, days=56)
    run["plasma esketamine"], run.summary()
    run.plot("plasma esketamine", "NMDA occupancy", path="exposure.png")

Names are looked up when first used, so that `import ketasim` stays quick.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ketasim.dosing.regimen import Regimen as Regimen
    from ketasim.engine.abi import Settings as Settings
    from ketasim.evidence.store import fact as fact
    from ketasim.pharmacology.shelf import model as model
    from ketasim.pharmacology.shelf import names as models
    from ketasim.population.named import names as populations
    from ketasim.population.named import population as population
    from ketasim.population.people import People as People
    from ketasim.reproduction.conducted import conducted as conduct
    from ketasim.simulation.compare import compare as compare
    from ketasim.simulation.dataset import read as read_data
    from ketasim.simulation.run import Run as Run
    from ketasim.simulation.simulate import simulate as simulate
    from ketasim.studies.citing import cite as cite

_WHERE = {
    "Regimen": ("ketasim.dosing.regimen", "Regimen"),
    "Settings": ("ketasim.engine.abi", "Settings"),
    "cite": ("ketasim.studies.citing", "cite"),
    "conduct": ("ketasim.reproduction.conducted", "conducted"),
    "fact": ("ketasim.evidence.store", "fact"),
    "model": ("ketasim.pharmacology.shelf", "model"),
    "models": ("ketasim.pharmacology.shelf", "names"),
    "population": ("ketasim.population.named", "population"),
    "populations": ("ketasim.population.named", "names"),
    "People": ("ketasim.population.people", "People"),
    "compare": ("ketasim.simulation.compare", "compare"),
    "read_data": ("ketasim.simulation.dataset", "read"),
    "Run": ("ketasim.simulation.run", "Run"),
    "simulate": ("ketasim.simulation.simulate", "simulate"),
}
_FOLDERS = ("model", "population")
__all__ = [
    "People",
    "Regimen",
    "Run",
    "Settings",
    "cite",
    "compare",
    "conduct",
    "fact",
    "model",
    "models",
    "population",
    "populations",
    "read_data",
    "simulate",
]


def _public(name: str) -> Any:
    module, attribute = _WHERE[name]
    return getattr(import_module(module), attribute)


class _Folder(ModuleType):
    """A folder whose name is also a public function: ks.model("platform"), ks.population("trd-adults", n=10)."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the public function of this name gives."""
        return _public(self.__name__.rpartition(".")[2])(*args, **kwargs)


class _Package(ModuleType):
    """This package: importing a folder must not hide the public function of the same name, so it answers calls."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _WHERE and isinstance(value, ModuleType):
            value.__class__ = _Folder
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    """A public name, imported now; "__version__" from the installed package."""
    if name == "__version__":
        from importlib.metadata import version

        return version("ketasim")
    if name not in _WHERE:
        raise AttributeError(f"module 'ketasim' has no attribute {name!r}; it has {', '.join(__all__)}")
    if name in _FOLDERS:
        return import_module(f"ketasim.{name}")
    return _public(name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__, "__version__"])
