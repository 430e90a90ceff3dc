"""State backends: memory and sqlite."""
