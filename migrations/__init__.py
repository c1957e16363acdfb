"""How the database came to be: numbered steps, each works with the release before it."""
