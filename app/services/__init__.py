"""What may be done: one function a deed, called by every door."""
