"""What the reports ask the database, one file a report."""
