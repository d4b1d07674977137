"""A member that the directory calls by another name."""

SAYS = "the directory's record of member"


def build(good):
    place = good.data.rindex(b"spec.json")
    return good.data[:place] + b"evil.json" + good.data[place + 9 :]
