"""SHOW: a report in, text out."""
