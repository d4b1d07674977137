"""Readers of formats before the present one: one module a format; none yet.

`docs/format.md` says what a new format keeps of the old ones, and `tests/golden/bundles/` holds a
bundle of each.
"""
