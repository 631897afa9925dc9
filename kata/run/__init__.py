"""A run of the specs: pytest's plugin, its session and report, and the engine that starts such a run."""
