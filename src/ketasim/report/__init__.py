"""Figures, tables and documents made from finished results. No number is computed here; no model is run here."""
