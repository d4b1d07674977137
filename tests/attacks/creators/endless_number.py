"""An integer of a million digits, which takes minutes to read."""

SAYS = "isn't strict JSON"


def build(good):
    return good.sealed({"profile.json": b"9" * 1_000_000})
