"""The one-machine mode: `tertulia up` brings up real servers from packages, a local model and every service.

Nothing here is used in production, where a scheduler runs `tertulia serve SERVICE` against servers of its own;
the services cannot tell the difference.
"""
