"""How large, deep and long a stored object may be."""

from __future__ import annotations

from typing import Final

MAX_FILE: Final = 2**28
"""Bytes of a file, and of what it unpacks to: fitted scalers are far smaller."""

MAX_STEPS: Final = 10_000_000
"""Opcodes of all pickles of a file."""

MAX_STACK: Final = 100_000
"""Values on the stack of a pickle: picklers write containers in batches of 1,000."""

MAX_DEPTH: Final = 64
"""Containers inside one another."""

MAX_PARTS: Final = 10_000_000
"""Values of the whole, one that stands in several places counted in each."""

MAX_PICKLES: Final = 64
"""Pickles behind or inside one another in one file."""

MAX_DIGITS: Final = 64
"""Bytes of a whole number."""
