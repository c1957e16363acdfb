"""What every door of BIG Live Portal shares."""
