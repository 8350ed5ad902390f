"""Published observations laid beside predictions and judged. No model, no fitting and no drawing belongs here."""
