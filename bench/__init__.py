"""Load, and what it costs: a simulated provider, a load generator, and a report of ratios measured in one run."""
