"""Many machines in one report: who is healthy, what stands on how many, what to do first."""
