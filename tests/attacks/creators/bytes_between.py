"""Bytes between two members that no directory lists."""

from samescale.bundle import format as layout

SAYS = "neither a member nor the directory"


def build(good):
    second = good.data.index(layout.LOCAL, 4)
    return good.data[:second] + b"hidden" + good.data[second:]
