"""Vendor simulators: the vendor's own HTTP, with state, fault switches and a gate that checks every word."""
