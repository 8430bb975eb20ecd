"""Personal data and secrets become stable placeholders before a provider is called, and come back in its answer.

``patterns`` find what has a form, ``names`` what a language model knows; ``policy`` says what is done with each kind.
What was found in a text that is kept goes with it as ``findings``.
A ``RedactionWindow`` redacts the texts that are sent together; ``Restorer`` puts the values back into a stream of
pieces, whatever the model did to a placeholder's case and spacing.
"""

from tertulia.orchestrator.redaction.findings import Findings
from tertulia.orchestrator.redaction.names import NamesAway, NamesFinder
from tertulia.orchestrator.redaction.restorer import Restorer, restore
from tertulia.orchestrator.redaction.window import Policies, Redaction, RedactionWindow

__all__ = ["Findings", "NamesAway", "NamesFinder", "Policies", "Redaction", "RedactionWindow", "Restorer", "restore"]
