"""A fitted value in a file of its own: from where it was adapted to where a model is trained.

It is no bundle, and nothing answers from it: `docs/decisions/0007-a-fitted-file.md`. Container,
members and reading are those of a bundle, as far as there is no model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from samescale.bundle import densities, members
from samescale.bundle.format import MANIFEST
from samescale.bundle.manifest import FITTED
from samescale.bundle.read import contents, parse
from samescale.bundle.write import describe, store
from samescale.errors import FormatError

if TYPE_CHECKING:
    import os

    from samescale.bundle.read import Parsed
    from samescale.fitted import Fitted

_NO_MODEL: Final[dict[str, Any]] = {"kind": FITTED, "config": {}}


def save(fitted: Fitted, path: str | os.PathLike[str]) -> str:
    """Write a fitted value; see `Fitted.save`."""
    content = members.of_fitted(fitted)
    manifest = describe(fitted, _NO_MODEL).over(content)
    written = {**content, MANIFEST: manifest.to_bytes()}
    return store(path, written, lambda data: audit(parse(data)))


def load(path: str | os.PathLike[str]) -> Fitted:
    """Read a fitted value, or refuse it; see `Fitted.load`."""
    return audit(parse(contents(path)))


def audit(parsed: Parsed) -> Fitted:
    """Every member of a fitted file, looked through.

    Raises:
        FormatError: If it is a bundle, or a member is missing, unknown or malformed.
        IntegrityError: If a graph or the whole isn't the one whose digest the manifest has.
    """
    model = parsed.manifest.model
    if model["kind"] != FITTED:
        raise FormatError(
            f"The file is a bundle: it has a model, of kind '{model['kind']}', and neither half "
            "of a bundle loads without the other.",
            remedy="Load both with ss.load(path); the predictor's `fitted` is its preprocessing.",
            kind=model["kind"],
        )
    odd = sorted((set(parsed.members) - {densities.NAME}) ^ set(members.NAMES))
    if odd or model != _NO_MODEL:
        what = f"Member '{odd[0]}'" if odd else "The config of a model"
        raise FormatError(f"{what} is missing, or isn't one of a fitted file.", kind=FITTED)
    return members.to_fitted(parsed.members, parsed.manifest)
