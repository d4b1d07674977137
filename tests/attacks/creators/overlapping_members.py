"""A member that reaches over the next one."""

import struct

from samescale.bundle import format as layout

SAYS = "differs from what was written"
ERROR = "IntegrityError"


def build(good):
    size = good.data.index(layout.LOCAL, good.data.index(layout.LOCAL, 4) + 4) - 48
    return good.data[:18] + struct.pack("<II", size, size) + good.data[26:]
