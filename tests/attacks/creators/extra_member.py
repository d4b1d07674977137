"""A member that the format does not have."""

SAYS = "'evil.so' is missing, or isn't one"


def build(good):
    return good.sealed({"evil.so": b"\x7fELF"})
