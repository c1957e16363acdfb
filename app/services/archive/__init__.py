"""Papers given to the archive, the library they lie in, and what became of them there."""
