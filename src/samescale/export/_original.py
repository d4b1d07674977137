"""The bundle that is exported: read once, audited, with what an export may need of it."""

from __future__ import annotations

import dataclasses as dc
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, final

from samescale import models
from samescale.bundle import probe
from samescale.bundle.read import MODEL, Audited, audit, contents, parse
from samescale.errors import ModelError, SamescaleError
from samescale.ir import nodes as n

if TYPE_CHECKING:
    import os

    from samescale.fitted import Fitted
    from samescale.ir.types import Array
    from samescale.models.base import ModelKind

# As a bundle's own replay has it: behind these, features aren't the same bits everywhere.
_INEXACT: Final = (n.Exp, n.Expm1, n.Log, n.Log1p, n.Power)
_BEHIND_INEXACT: Final = 1e-4


@final
@dc.dataclass(frozen=True, eq=False)
class Original:
    """A bundle that has been audited.

    Attributes:
        data: The file's bytes.
        audited: What is in it.
    """

    data: bytes
    audited: Audited

    @classmethod
    def of(cls, path: str | os.PathLike[str]) -> Original:
        """The bundle at `path`; it is read once.

        Raises:
            FormatError: If it isn't a bundle, is cut short or malformed.
            IntegrityError: If a byte differs from what was written.
        """
        data = contents(path)
        return cls(data, audit(parse(data)))

    @property
    def digest(self) -> str:
        """`sha256:…` of the file."""
        return self.audited.parsed.digest

    @property
    def fitted(self) -> Fitted:
        """Its preprocessing."""
        return self.audited.fitted

    @property
    def kind_name(self) -> str:
        """The kind of its model; nothing is imported for it."""
        return self.audited.parsed.manifest.kind

    @cached_property
    def kind(self) -> ModelKind:
        """The kind of its model."""
        return models.load(self.kind_name, self.audited.parsed.manifest.versions)

    @cached_property
    def model(self) -> Any:
        """The model itself.

        Raises:
            ModelError: If it can't be loaded.
            MissingExtraError: If its framework isn't installed.
        """
        members = self.audited.parsed.members
        stored = {name: bytes(data) for name, data in members.items() if name.startswith(MODEL)}
        try:
            return self.kind.restore(stored)
        except SamescaleError:
            raise
        except Exception as error:
            raise ModelError(
                f"The {self.kind_name} model can't be loaded: {type(error).__name__}: {error}.",
                remedy="Load it with the versions that the bundle's manifest names.",
            ) from error

    @cached_property
    def network(self) -> bytes:
        """The model without its preprocessing, as ONNX: the bundle's own, or made now.

        Raises:
            UnsupportedError: If it has no such form.
            MissingExtraError: If its framework, or `onnx`, isn't installed.
        """
        served = self.audited.served
        if served is not None and served.network is not None:
            return served.network
        self.kind.check(self.model, self.fitted)  # from which some kinds know how it is called
        return self.kind.network(self.model, self.fitted)

    @cached_property
    def asked(self) -> dict[str, Array]:
        """The admitted raw columns of the probe rows that the model was asked."""
        return probe.take(self.audited.probes.inputs, self.audited.probes.asked)

    @property
    def rows(self) -> Array:
        """Which of the probe rows those are."""
        return self.audited.probes.asked

    @property
    def answers(self) -> Array:
        """What the model answered, before the target is inverted."""
        return self.audited.probes.answers

    @cached_property
    def rtol(self) -> float:
        """How far an answer may be from the bundle's, on the scale that the model learned.

        It is the model kind's own, or 1e-4 where features go through an exponential, a logarithm
        or a power, which no two libraries compute alike.
        """
        graphs = [self.fitted.graph]
        if self.fitted.target is not None and self.fitted.target.inverse is not None:
            graphs.append(self.fitted.target.inverse)
        inexact = any(isinstance(node, _INEXACT) for graph in graphs for node in graph.nodes)
        served = self.audited.served  # which says it without the model's framework
        rtol = float(self.kind.rtol) if served is None else float(served.rtol)
        return max(rtol, _BEHIND_INEXACT) if inexact else rtol

    @property
    def target(self) -> str:
        """What the target is called; `answers` where there is none."""
        return "answers" if self.fitted.target is None else self.fitted.target.name

    @property
    def inverse(self) -> n.Graph | None:
        """From the model's answers to the target's units, if it is a number."""
        return None if self.fitted.target is None else self.fitted.target.inverse
