"""The error tree.

SamescaleError
├── SpecError           a spec that can't be what was meant (also a ValueError)
├── DataError           a value that can't be taken: column, row, value (also a ValueError)
│   ├── SchemaError     rows that break the input contract; carries the findings
│   └── SourceError     a file or an object that can't be read as a table
├── GraphError          a graph that isn't well formed (also a ValueError)
│   └── UnsupportedError   a node that a target can't run; names node, target and way out
├── NotInvertibleError  the inverse was asked of a transform that has none
├── ModelError          a model that doesn't fit its preprocessing
├── BundleError         a file that isn't, or is no longer, a bundle
│   ├── FormatError     not a bundle, cut short, or of an unknown format number
│   ├── IntegrityError  a byte differs from what was written
│   └── ProbeError      the probe rows no longer give the recorded answers
├── GuardError          the guard's policy for a finding is `raise`; carries the findings
└── MissingExtraError   an optional package isn't installed (also an ImportError)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.findings import Finding


class SamescaleError(Exception):
    """What every error of samescale is. `code` is stable; `details` holds the data.

    Args:
        message: What is wrong, naming the thing and its value.
        remedy: What to do about it, as one sentence.
        details: The same facts as data (`column`, `row`, `value`, …).
    """

    code: ClassVar[str] = "E000"

    def __init__(self, message: str, *, remedy: str = "", **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.details = details

    def __str__(self) -> str:
        # A message that ends with another library's words may lack its full stop.
        stop = "." if self.remedy and self.message[-1:].isalnum() else ""
        return f"{self.message}{stop} {self.remedy}".rstrip()


class SpecError(SamescaleError, ValueError):
    """A spec that can't be what was meant."""

    code = "E100"


class DataError(SamescaleError, ValueError):
    """A value that can't be taken."""

    code = "E200"


class _FindingsError(SamescaleError):
    def __init__(self, message: str, *, findings: Sequence[Finding], remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.findings = tuple(findings)


class SchemaError(_FindingsError, DataError):
    """Rows that break the input contract."""

    code = "E210"


class SourceError(DataError):
    """A file or an object that can't be read as a table."""

    code = "E220"


class GraphError(SamescaleError, ValueError):
    """A graph that isn't well formed."""

    code = "E300"


class UnsupportedError(GraphError):
    """A node that a target can't run."""

    code = "E310"


class NotInvertibleError(SamescaleError, ValueError):
    """The inverse was asked of a transform that has none."""

    code = "E320"


class ModelError(SamescaleError, ValueError):
    """A model that doesn't fit its preprocessing."""

    code = "E400"


class BundleError(SamescaleError):
    """A file that isn't, or is no longer, a bundle."""

    code = "E500"


class FormatError(BundleError):
    """Not a bundle, cut short, or of an unknown format number."""

    code = "E510"


class IntegrityError(BundleError):
    """A byte differs from what was written."""

    code = "E520"


class ProbeError(BundleError):
    """The probe rows no longer give the recorded answers."""

    code = "E530"


class GuardError(_FindingsError):
    """The guard's policy for a finding is `raise`, or `repair` where there is no way back."""

    code = "E600"


class MissingExtraError(SamescaleError, ImportError):
    """An optional package isn't installed."""

    code = "E700"

    @classmethod
    def of(cls, package: str, extra: str) -> MissingExtraError:
        """The error for `package`, which the extra `extra` brings."""
        return cls(
            f"This needs the package '{package}', which isn't installed.",
            remedy=f"Install it with: pip install 'samescale[{extra}]'",
            package=package,
            extra=extra,
        )
