"""The served form: the model's network as ONNX beside it, for who answers without its framework.

It is made when a bundle is written, if the kind can, and kept only if it answers the probe rows as
the model does. Reading puts it behind the bundle's own preprocessing graph, so that there is one
preprocessing in the file and not two.
"""

from __future__ import annotations

import contextlib
import dataclasses as dc
import math
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, Literal, Self, TypeAlias, final

import numpy as np

from samescale import targets
from samescale.bundle import probe, strict
from samescale.errors import FormatError, MissingExtraError, SamescaleError, UnsupportedError
from samescale.targets import _onnx_wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from samescale.bundle.archive import Bytes
    from samescale.bundle.probe import Probes
    from samescale.fitted import Fitted
    from samescale.ir.types import Array
    from samescale.models.base import ModelKind, Runtime

Choice: TypeAlias = Literal["auto", "onnx", "native"]

JSON: Final = "served/served.json"
NETWORK: Final = "served/network.onnx"
NAMES: Final = (JSON, NETWORK)

_LOOSEST: Final = 1e-4
_KEYS: Final = {"rtol", "why"}


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Served:
    """What a bundle holds of a served form.

    Attributes:
        network: The network as ONNX; `None` if there is none.
        why: Why there is none; empty if there is one.
        rtol: How far an answer may be from the model's own.
    """

    network: bytes | None
    why: str
    rtol: float

    def to_members(self) -> dict[str, bytes]:
        """The members that hold it."""
        told = {JSON: strict.compact({"rtol": self.rtol, "why": self.why})}
        return told if self.network is None else {**told, NETWORK: self.network}

    @classmethod
    def from_members(cls, members: Mapping[str, Bytes]) -> Self | None:
        """What the members of a bundle say; `None` for one that was made before there was such.

        Raises:
            FormatError: If they don't fit each other, or the network is no sound ONNX model.
        """
        if JSON not in members:
            if NETWORK in members:
                raise FormatError(f"Member '{JSON}' is missing.", member=JSON)
            return None
        told = strict.parse(members[JSON], JSON)
        network = members.get(NETWORK)
        _check(told, network)
        return cls(None if network is None else bytes(network), told["why"], told["rtol"])

    def runtime(self, fitted: Fitted) -> Runtime:
        """The runtime of the network behind the preprocessing of `fitted`."""
        if self.network is None:
            raise UnsupportedError(f"The bundle has no ONNX form: {self.why}")
        return _runtime(fitted, self.network)


def make(kind: ModelKind, model: Any, fitted: Fitted, probes: Probes) -> Served:
    """The served form of a model, if it has one that answers the probe rows alike.

    Args:
        kind: The model's kind.
        model: The model.
        fitted: Its preprocessing.
        probes: The probe rows, and what the model answered.
    """
    if len(fitted.targets) > 1:
        return Served(None, "it has several targets, and an ONNX form gives one.", kind.rtol)
    if not installed():
        return Served(None, "onnx and onnxruntime weren't installed when it was made.", kind.rtol)
    try:
        network = kind.network(model, fitted)
        asked = probe.take(probes.inputs, probes.asked)
        runtime = _runtime(fitted, network)
        with _as_unsupported():
            found = runtime.predict(asked)
    except (UnsupportedError, MissingExtraError) as error:
        return Served(None, error.message, kind.rtol)
    apart = difference(found, probes.answers)
    if math.isinf(apart):
        why = "ONNX Runtime's answers are of another shape or dtype than the model's, or infinite."
        return Served(None, why, kind.rtol)
    if apart > kind.rtol:
        why = f"ONNX Runtime's answers are {apart:.1e} from the model's, more than {kind.rtol:.0e}."
        return Served(None, why, kind.rtol)
    return Served(network, "", kind.rtol)


def answering(kind: ModelKind, model: Any, fitted: Fitted) -> Runtime:
    """The runtime that a bundle of this model will be answered by, where it is loaded here."""
    # `config` first: there torch's kind learns what the model takes, and `save` isn't told.
    config = kind.config(model, fitted)
    native = kind.load(kind.save(model), config, fitted)
    made = make(kind, model, fitted, probe.record(fitted, native))
    return native if made.network is None else made.runtime(fitted)


def told(found: Served | None) -> str:
    """What answers for a bundle where it is loaded here, in words."""
    if found is None:
        return "the model's own framework: the bundle was made before there was another way"
    if found.network is None:
        return f"the model's own framework: {found.why}"
    if not installed():
        return "the model's own framework here; ONNX Runtime where samescale[onnx] is installed"
    return "ONNX Runtime, where it gives the probe rows' answers; the model's framework else"


def difference(found: Array, wanted: Array) -> float:
    """How far answers are apart: the largest of `|a - b| / max(1, |b|)`, NaN being like NaN."""
    if found.shape != wanted.shape or found.dtype != wanted.dtype:
        return math.inf
    a, b = found.astype(np.float64), wanted.astype(np.float64)
    with np.errstate(invalid="ignore"):
        apart = np.abs(a - b) / np.maximum(1.0, np.abs(b))
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    apart = np.where(same, 0.0, np.where(np.isnan(apart), np.inf, apart))
    return float(apart.max(initial=0.0))


def installed() -> bool:
    """Whether ONNX Runtime, and what the graph is put together with, are at hand."""
    return find_spec("onnx") is not None and find_spec("onnxruntime") is not None


def _runtime(fitted: Fitted, network: bytes) -> Runtime:
    targets.load("onnx")  # which says what to install where it is missing
    runtime = import_module("samescale.models._onnx").OnnxRuntime
    with _as_unsupported():
        made: Runtime = runtime(fitted, network)
    return made


@contextlib.contextmanager
def _as_unsupported() -> Iterator[None]:
    """What ONNX Runtime raises, which has no class of its own for what it can't run."""
    try:
        yield
    except SamescaleError:
        raise
    except Exception as error:
        told = str(error).strip().partition("\n")[0].rstrip(".")
        raise UnsupportedError(
            f"ONNX Runtime can't run the network: {type(error).__name__}: {told}.",
            remedy="The model's own framework answers.",
        ) from error


def _check(told: Any, network: Bytes | None) -> None:
    if not isinstance(told, dict) or set(told) != _KEYS or not isinstance(told["why"], str):
        raise FormatError(f"Member '{JSON}' has other fields than {sorted(_KEYS)}.", member=JSON)
    rtol = told["rtol"]
    if not isinstance(rtol, int | float) or not 0 <= rtol <= _LOOSEST:
        raise FormatError(f"Member '{JSON}' asks for a tolerance of {rtol!r}.", member=JSON)
    if bool(told["why"]) == (network is not None):
        raise FormatError(f"Members '{JSON}' and '{NETWORK}' contradict each other.", member=JSON)
    if network is not None:
        try:
            _onnx_wire.read(bytes(network))
        except SamescaleError as error:
            raise FormatError(f"Member '{NETWORK}': {error.message}", member=NETWORK) from error
