"""What is known: facts with unit, spread, source and grade, and their bibliography. No model and no equation."""
