"""QuickXorHash: the only hash that SharePoint tells of every file, so that content is compared unread.

Microsoft publishes the algorithm (learn.microsoft.com, OneDrive API, "QuickXorHash algorithm").
"""

import base64
from typing import Final

WIDTH: Final = 160
"""Bits of the hash, and bytes after which the positions repeat."""
SHIFT: Final = 11
_MASK: Final = (1 << WIDTH) - 1


def quick_xor(content: bytes) -> str:
    """Return the hash of some bytes as SharePoint writes it."""
    folded = 0
    for start in range(0, len(content), WIDTH):
        block = content[start : start + WIDTH].ljust(WIDTH, b"\0")
        folded ^= int.from_bytes(block, "little")
    found = 0
    for position, byte in enumerate(folded.to_bytes(WIDTH, "little")):
        shift = position * SHIFT % WIDTH
        found ^= (byte << shift) & _MASK | byte << shift >> WIDTH
    found ^= len(content) << (WIDTH - 64)
    return base64.b64encode((found & _MASK).to_bytes(WIDTH // 8, "little")).decode()
