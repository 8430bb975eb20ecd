"""chat's doors: people's clients (``conversations``, ``turns``) and the orchestrator (``internal``)."""
