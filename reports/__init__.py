"""Reading: queries that yield rows, and renderers. Nothing here writes."""
