"""What happens: model, people and doses become trajectories. No drug, no equations, no figures."""
