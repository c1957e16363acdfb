"""The numbers papers are known by, as people say them on the phone."""


def contract_number(year: int, place: int) -> str:
    """Return the number of a contract: C-2026-0147."""
    return f"C-{year}-{place:04}"


def engagement_number(place: int) -> str:
    """Return the number of an engagement: ENG-0147."""
    return f"ENG-{place:04}"


def claim_number(place: int, posting: int = 1) -> str:
    """Return the number of a claim, CL-0231; its later postings carry a suffix, CL-0231-2."""
    return f"CL-{place:04}" if posting == 1 else f"CL-{place:04}-{posting}"


def pay_run_number(place: int) -> str:
    """Return the number of a pay run: PAY-0003."""
    return f"PAY-{place:04}"


def fee_number(engagement: str, position: int, posting: int = 1) -> str:
    """Return the number of an instalment after its engagement's: FEE-0147-2, and FEE-0147-2-2 owed again."""
    number = f"FEE-{engagement.rpartition('-')[2]}-{position}"
    return number if posting == 1 else f"{number}-{posting}"


def allowance_number(engagement: str, place: int) -> str:
    """Return the number of a payment of per diems after its engagement's: PD-0147-1."""
    return f"PD-{engagement.rpartition('-')[2]}-{place}"
