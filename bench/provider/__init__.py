"""A simulated provider: OpenAI's public behaviour, misbehaviour on demand, and a log of what it really emitted.

Tests and the load generator talk to it instead of a paid service: it answers fast and by seed, so that a figure is
the platform's own and every byte can be compared. ``python -m bench.provider --port 0`` prints its port as JSON.
"""
