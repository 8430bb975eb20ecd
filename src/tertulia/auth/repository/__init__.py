"""All of auth's SQL, one module a concern. Each class is built with a session and the tenant or person it is for.

Row-level security stands behind every query: what the session's scope does not open is not there.
"""
