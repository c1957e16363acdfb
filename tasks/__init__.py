"""Work that waits: couriers of the outbox, readers of the inbox, the timetable."""
