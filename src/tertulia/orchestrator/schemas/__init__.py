"""Wire types of the HTTP API, one module a concern."""
