"""A member that the directory calls a symbolic link."""

import struct

SAYS = "the directory's record of member"


def build(good):
    regular, link = struct.pack("<I", 0o100644 << 16), struct.pack("<I", 0o120777 << 16)
    return good.data.replace(regular, link)
