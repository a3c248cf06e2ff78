"""DECIDE: facts and what is desired make steps; the only place that renders templates."""
