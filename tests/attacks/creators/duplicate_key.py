"""A manifest that names a key twice: two parsers would read two models."""

SAYS = "the key 'format' stands twice"


def build(good):
    members = good.members()
    text = members["manifest.json"].replace(b"{", b'{"format": 1,', 1)
    return good.packed({**members, "manifest.json": text})
