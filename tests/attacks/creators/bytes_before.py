"""Something before the beginning, as in a program that unpacks itself."""

SAYS = "not a bundle"


def build(good):
    return b"#!/bin/sh\n" + good.data
