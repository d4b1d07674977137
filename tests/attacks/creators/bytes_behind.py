"""Something behind the end."""

SAYS = "bytes after the end"


def build(good):
    return good.data + b"#!/bin/sh"
