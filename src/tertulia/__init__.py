"""Tertulia: a self-hostable, multi-tenant AI chat platform, one distribution that runs as several services."""
