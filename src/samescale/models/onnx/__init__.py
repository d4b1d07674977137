"""ONNX models as the model half of a bundle: the graph alone, audited, run by ONNX Runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, final

import onnx
import onnxruntime
from onnx import version_converter

from samescale.errors import ModelError, UnsupportedError
from samescale.models.base import ModelKind
from samescale.models.onnx import audit
from samescale.models.onnx.assembly import to_onnx as to_onnx
from samescale.models.onnx.runtime import NetworkRuntime, sends
from samescale.models.onnx.soundness import check_answers
from samescale.models.onnx.standard import features_of, standard
from samescale.targets._onnx import IR, ML, ML_OPSET, OPSET
from samescale.targets.onnx.session import session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.fitted import Fitted
    from samescale.models.base import History, Progress
    from samescale.sources.base import Source
    from samescale.statistics.base import Json

MEMBER: Final = "model/model.onnx"


@final
class OnnxKind(ModelKind):
    """ONNX: any model of standard operators that takes the features and gives the target."""

    name: ClassVar[str] = "onnx"
    extra: ClassVar[str] = "onnx"
    rtol: ClassVar[float] = 2e-6

    def accepts(self, model: object) -> bool:
        """Whether `model` is an `onnx.ModelProto`."""
        return isinstance(model, onnx.ModelProto)

    def check(self, model: Any, fitted: Fitted) -> None:
        """See that the model takes the features of `fitted` and gives its target.

        Raises:
            ModelError: If it needs another file, other operators than ONNX's own or other inputs,
                isn't well formed, or its answers aren't the target's: of another shape, no
                probabilities, nothing finite, or dependent on the batch.
        """
        runtime = _runtime(_audited(model), fitted)
        check_answers(runtime, fitted)

    def config(self, model: Any, fitted: Fitted) -> dict[str, Json]:
        """The opset, for readers of the manifest, and the features taken one by one, if so."""
        graph = features_of(model, fitted)
        taken: Json = None if graph is None else [name for name, _ in graph.outputs]
        return {"opset": audit.opset(model), "columns": taken}

    def save(self, model: Any) -> dict[str, bytes]:
        """The model's own bytes, serialised deterministically.

        Raises:
            ModelError: If `check` would refuse it by itself.
        """
        return {MEMBER: _audited(model).SerializeToString(deterministic=True)}

    def load(
        self, members: Mapping[str, bytes], config: Mapping[str, Json], fitted: Fitted
    ) -> NetworkRuntime:
        """The runtime of a stored model.

        Raises:
            ModelError: If it isn't one, or doesn't fit.
        """
        model = self.restore(members)
        if dict(config) != self.config(model, fitted):
            raise ModelError(
                f"The model takes its features otherwise than its manifest says: {dict(config)}.",
                remedy="Write the bundle again.",
            )
        return _runtime(model, fitted)

    def restore(self, members: Mapping[str, bytes]) -> onnx.ModelProto:
        """The model as it was given.

        Raises:
            ModelError: As `load`.
        """
        if set(members) != {MEMBER}:
            raise ModelError(f"The model's members are {sorted(members)}, not '{MEMBER}'.")
        return audit.parsed(bytes(members[MEMBER]))

    def read(self, content: bytes) -> onnx.ModelProto:
        """The model of an `.onnx` file.

        Raises:
            ModelError: As `load`.
        """
        return self.restore({MEMBER: content})

    def versions(self) -> dict[str, str]:
        """The versions of ONNX and ONNX Runtime."""
        return {"onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__}

    def network(self, model: Any, fitted: Fitted) -> bytes:
        """The model under a network's names; see `ModelKind.network`.

        Raises:
            UnsupportedError: If it can't be brought to opset 18 and `ai.onnx.ml` 3.
        """
        made = _at_opset(standard(model, fitted))
        content: bytes = made.SerializeToString(deterministic=True)
        return content

    def train(
        self,
        fitted: Fitted,
        data: Source,
        validation: Source,
        *,
        seed: int = 0,
        progress: Progress | None = None,
        **options: Any,
    ) -> tuple[Any, History]:
        """Refused: ONNX is for models that were trained elsewhere.

        Raises:
            UnsupportedError: Always.
        """
        del fitted, data, validation, seed, progress, options
        raise UnsupportedError(
            "ONNX models aren't trained here.",
            remedy="Train with another kind, such as 'keras' or 'sklearn', or give a trained one.",
        )


KIND: Final = OnnxKind()


def _audited(model: onnx.ModelProto) -> onnx.ModelProto:
    audit.audit(model)
    return model


def _runtime(model: onnx.ModelProto, fitted: Fitted) -> NetworkRuntime:
    made = standard(model, fitted)
    try:
        at = session(made.SerializeToString())
    except Exception as error:  # ONNX Runtime's own, of many kinds
        raise ModelError(
            f"ONNX Runtime doesn't take the model: {str(error)[:300]}",
            remedy="Export it for opset 18, with the standard operators.",
        ) from error
    return NetworkRuntime(at, sends(fitted, features_of(model, fitted)))


def _at_opset(made: onnx.ModelProto) -> onnx.ModelProto:
    if audit.opset(made) != OPSET:
        try:
            made = version_converter.convert_version(made, OPSET)
        except Exception as error:  # the converter's own
            raise _unsupported(f"its opset is {audit.opset(made)}", str(error)) from error
    ml = audit.opset(made, ML)
    labels = any(node.op_type == "LabelEncoder" for node in made.graph.node)
    if ml > ML_OPSET or (ml and ml < ML_OPSET and labels):
        raise _unsupported(f"its opset of {ML} is {ml}", f"{ML_OPSET} is what is served")
    for entry in made.opset_import:
        entry.version = ML_OPSET if entry.domain == ML else entry.version
    made.ir_version = IR
    return made


def _unsupported(what: str, why: str) -> UnsupportedError:
    return UnsupportedError(
        f"The ONNX model can't be joined to its preprocessing: {what}, and {why[:200]}",
        remedy=f"Export it for opset {OPSET}. Until then it runs behind the NumPy preprocessing.",
        target="onnx",
    )
