"""Who takes part, and what exists: the tables, their rules and the one judge of visibility."""
