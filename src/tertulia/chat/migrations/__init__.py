"""chat's schema history (Alembic). ``tertulia migrate`` runs it as the database's owner."""
