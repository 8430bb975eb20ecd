"""Names of people, places and organisations, which have no form: found by a language model in a process of its own.

``segments`` knows what is worth reading, ``worker`` is the process, ``finder`` asks it.
"""

from tertulia.orchestrator.redaction.names.finder import NamesAway, NamesFinder, State

__all__ = ["NamesAway", "NamesFinder", "State"]
