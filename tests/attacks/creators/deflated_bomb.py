"""A megabyte that unpacks to a gigabyte of zeros."""

import zipfile

SAYS = "the header of member"


def build(good):
    members = {"a.bin": bytes(2**26), **good.members()}
    return good.zipped(members, compression=zipfile.ZIP_DEFLATED)
