"""A member that the manifest does not list."""

SAYS = "isn't in the manifest"
ERROR = "IntegrityError"


def build(good):
    return good.packed({**good.members(), "model/evil.so": b"\x7fELF"})
