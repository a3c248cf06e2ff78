"""JUDGE: pure functions, facts in, findings out."""
