"""WHAT IS KNOWN: versions, drivers, cards, error codes; data with a source and a date, and pure look-ups."""
