"""Products: what a dose comes in (device, solution, film, tablet), one TOML file each; no absorption here."""

from ketasim.dosing.products.product import Product, names, product, stepwise

__all__ = ["Product", "names", "product", "stepwise"]
