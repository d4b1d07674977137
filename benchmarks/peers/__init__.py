"""Who is measured, one a file. A framework is imported where it is used: in its own process."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from peers.base import Offer


def modules() -> tuple[str, ...]:
    """The names of all peers."""
    found = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(name for name in found if name != "base"))


def offers(kind: str | None = None) -> dict[str, tuple[str, Offer]]:
    """Every offer of this kind by its name, with its peer; samescale's own come first."""
    found = {
        offer.name: (name, offer)
        for name in sorted(modules(), key=lambda name: (name != "ours", name != "limits", name))
        for offer in import_module(f"peers.{name}").OFFERS
        if kind in {None, offer.kind}
    }
    return dict(found)
