"""Ketamine itself: one file per link from dose to effect, published models on a shelf, one file that joins the links.

No solver, no people and no clinical scale belong here, and no number without a fact.
"""
