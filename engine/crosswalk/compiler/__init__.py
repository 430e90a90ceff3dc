"""From a validated mapping to a plan, and from a plan to a mapper."""
