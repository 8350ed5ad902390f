"""The language of models: parameters, components, ports, composition. No drug, no numbers of a drug, no solver."""
