"""The tests. A package, since some install a `tests` of their own, which goes before a folder."""
