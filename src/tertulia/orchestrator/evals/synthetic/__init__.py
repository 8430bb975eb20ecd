"""Sets made from a seed: documents of invented companies, and questions with what should be found for them.

``facts.toml`` has the words, ``world`` makes the companies of them; nothing in them is anybody's.
"""
