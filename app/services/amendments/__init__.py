"""Amendments: signed changes of a contract's terms, from draft to sealed paper."""
