"""SQLite source and sink."""
