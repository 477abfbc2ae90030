"""Every schema that radseek has released, as steps from one to the next (Alembic)."""
