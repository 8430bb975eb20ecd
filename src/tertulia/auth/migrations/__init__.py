"""The history of auth's database, run by ``tertulia migrate``."""
