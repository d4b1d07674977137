"""JSON that is nested a million levels deep."""

SAYS = "deeper than 32 levels"


def build(good):
    return good.sealed({"learned.json": b"[" * 1_000_000 + b"]" * 1_000_000})
