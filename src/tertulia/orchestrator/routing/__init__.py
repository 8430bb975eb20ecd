"""The model ``auto``: a simple question goes to a small model, any other to a strong one.

How hard a question is, is told by its words alone, in a tenth of a millisecond: no model is asked, and nothing of it is
kept. ``evals/routing`` holds the labelled set by which it was tuned and is measured.
"""

from tertulia.orchestrator.routing.demand import Demand
from tertulia.orchestrator.routing.router import AUTO, THRESHOLD, Auto, Choice, Router, Routing, auto_of

__all__ = ["AUTO", "THRESHOLD", "Auto", "Choice", "Demand", "Router", "Routing", "auto_of"]
