"""Personal calendars: their addresses, and what stands in them."""
