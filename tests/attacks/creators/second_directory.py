"""A directory that lists the members in another order."""

import struct

from samescale.bundle import format as layout

SAYS = "the directory's record of member"


def build(good):
    end = good.data.rindex(layout.END)
    size, start = struct.unpack("<II", good.data[end + 12 : end + 20])
    directory = good.data[start : start + size]
    first = directory.index(layout.DIRECTORY, 4)
    return good.data[:start] + directory[first:] + directory[:first] + good.data[end:]
