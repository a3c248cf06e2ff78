"""The exit codes of the contract. Where several hold, the first of 130, 3, 1, 4, 5 that holds."""

OK = 0
FAILED = 1
USAGE = 2
BROKE = 3
INCONCLUSIVE = 4
RESTART = 5
INTERRUPTED = 130
