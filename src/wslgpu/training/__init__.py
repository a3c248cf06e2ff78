"""PROVE AND MEASURE: what runs inside the user's interpreter, and the supervisor outside it."""
