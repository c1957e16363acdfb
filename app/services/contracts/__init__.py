"""What may be done with contracts: written, sent, read, signed, sealed, ended."""
