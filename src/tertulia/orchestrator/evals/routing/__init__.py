"""The router's labelled set: questions whose right answer is known, and whether two models gave it."""
