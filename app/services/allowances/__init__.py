"""Per diems: rates and meals, what a run would write, confirming it, and what a new version changes."""
