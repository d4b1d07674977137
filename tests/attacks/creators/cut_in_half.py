"""Half a file."""

SAYS = "cut short"


def build(good):
    return good.data[: len(good.data) // 2]
