"""What rejectwatch keeps: SQLite or PostgreSQL, written in one place and in one transaction a batch."""
