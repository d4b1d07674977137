"""The error of a file that is not taken."""

from __future__ import annotations

from samescale.errors import SourceError

ANEW = "Fetch the file again, or save the object again with the library that made it."
_UNRUN = (
    "Nothing in it was run. Don't load it otherwise unless you trust whoever made it; save the "
    "fitted scaler or encoder alone, of scikit-learn's own classes, and adopt that."
)


def malformed(what: str, at: int | None = None) -> SourceError:
    """The error for a file that is cut short or damaged.

    Args:
        what: What is wrong.
        at: The place in the unpacked file, in bytes.
    """
    place = "" if at is None else f" at byte {at}"
    return SourceError(f"The stored object is damaged{place}: {what}.", remedy=ANEW, offset=at)


def too_much(what: str) -> SourceError:
    """The error for a file that goes beyond a limit."""
    return SourceError(
        f"The stored object has {what}, more than a fitted transform needs.",
        remedy="Save the fitted scaler or encoder alone, without models and training data.",
    )


def refused(name: str, does: str, at: int | None = None) -> SourceError:
    """The error for what is named in a file and isn't plain data.

    Args:
        name: What the file names, as `os.system`.
        does: What it does with it, as `calls`.
        at: The place in the unpacked file, in bytes, where it has one.
    """
    place = "" if at is None else f" at byte {at}"
    return SourceError(
        f"The stored object {does} '{name}'{place}, which isn't plain data of NumPy or "
        "scikit-learn.",
        remedy=_UNRUN,
        name=name,
        offset=at,
    )
