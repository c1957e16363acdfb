"""What people do from end to end, in a real browser. A package, so that its fixtures end with it."""
