"""A member that says that it is four gigabytes large."""

import struct

SAYS = "cut short: member"


def build(good):
    return good.data[:18] + struct.pack("<II", 2**32 - 1, 2**32 - 1) + good.data[26:]
