"""How well ``orchestrator.groundedness`` judges: measured on answers whose sentences are labelled."""
