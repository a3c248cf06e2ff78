"""ACT: the only place that changes a machine."""
