"""A member that the manifest lists and the file has not."""

SAYS = "is in the manifest only"
ERROR = "IntegrityError"


def build(good):
    members = good.members()
    del members["profile.json"]
    return good.packed(members)
