"""Personal data and secrets become stable placeholders before a provider is called, and come back in its answer.

Patterns find what has a form (``patterns``); ``Redactor`` gives each value its placeholder within one window;
``Restorer`` puts the values back into a stream of pieces, whatever the model did to a placeholder's case and spacing.
"""

from tertulia.orchestrator.redaction.redactor import Redactor
from tertulia.orchestrator.redaction.restorer import Restorer, restore

__all__ = ["Redactor", "Restorer", "restore"]
