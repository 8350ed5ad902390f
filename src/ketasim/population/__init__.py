"""People: covariates, draws keyed by patient, records of the user's own. No model parameters, no doses, no results."""
