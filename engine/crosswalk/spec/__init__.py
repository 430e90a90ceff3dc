"""Documents: reading JSON with positions, validating it, saying what is wrong with it."""
