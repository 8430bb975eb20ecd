"""The rules of identity, one module a concern; each error is declared beside the rule that raises it."""
