"""A safetensors header that says that it is an exabyte large."""

import struct

SAYS = "isn't a safetensors file"


def build(good):
    return good.sealed({"arrays.safetensors": struct.pack("<Q", 2**60) + b"{}"})
