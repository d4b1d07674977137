"""What a protected model carries: its contract and the policies, and how a file keeps it."""

from __future__ import annotations

import json
import pathlib
import zipfile
from typing import TYPE_CHECKING, Any, Final, final

from keras.src.saving.keras_saveable import KerasSaveable

from samescale.errors import FormatError, GuardError
from samescale.guard import warn
from samescale.keras.protection.checking import ordered, structure, values_findings
from samescale.keras.protection.contract import Entry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.guard.policies import Policies

NAME: Final = "samescale_contract"
_FILE = "contract.json"
_MOST_BYTES = 16 * 2**20


@final
class Keeper(KerasSaveable):  # type: ignore[misc]  # Keras has no types
    """The contract of one model. Keras finds it among the model's attributes when it saves."""

    def __init__(self) -> None:
        self._kept: dict[str, Any] = {"contract": (), "policies": None, "reorder": False}
        self._guards: dict[str, tuple[Entry, Any]] = {}
        self._inside: list[str] = []

    @property
    def contract(self) -> tuple[Entry, ...]:
        """What the first fit was given; empty before."""
        found: tuple[Entry, ...] = self._kept["contract"]
        return found

    @property
    def busy(self) -> bool:
        """Whether a method of the model runs that has looked at its inputs."""
        return bool(self._inside)

    def enter(self, name: str) -> None:
        """A method begins."""
        self._inside.append(name)

    def leave(self) -> None:
        """It ends."""
        self._inside.pop()

    def settle(self, *, policies: Policies, reorder: bool) -> None:
        """Take the policies.

        Raises:
            SpecError: For a rule or a policy that there isn't.
        """
        from samescale.guard import rules
        from samescale.guard.policies import Settled

        Settled.of(policies, rules())
        self._kept.update(policies=policies, reorder=reorder)
        self.record(self.contract)

    def record(self, contract: Sequence[Entry]) -> None:
        """Take a contract."""
        self._kept["contract"] = tuple(contract)
        policies = self._kept["policies"]
        self._guards.clear()
        self._guards.update({one.name: (one, one.guard(policies)) for one in contract})

    def admit(self, x: Any) -> Any:
        """`x`, frames as arrays, if it keeps the contract; what is unlike training is warned of.

        Raises:
            SchemaError: If it doesn't.
            GuardError: If a policy says so.
        """
        x = ordered(x, self.contract, reorder=self._kept["reorder"])
        if self.contract:
            findings = values_findings(self._guards, structure(x, self.contract))
            self._refuse_scaled(findings)
            warn(findings)
        return x

    def _refuse_scaled(self, findings: Sequence[Any]) -> None:
        # What looks scaled is outside training's extent, if only in another way.
        policies = self._kept["policies"]
        policy = policies if isinstance(policies, str) else (policies or {}).get("outside_extent")
        scaled = [one for one in findings if "looks scaled" in one.message]
        if policy == "raise" and scaled:
            raise GuardError(str(scaled[0]), findings=scaled)

    def _obj_type(self) -> str:
        return "Metric"

    def save_assets(self, folder: Any) -> None:
        """Write the contract; Keras calls it."""
        text = json.dumps([entry.to_json() for entry in self.contract])
        pathlib.Path(folder, _FILE).write_text(text, encoding="utf-8")

    def load_assets(self, folder: Any) -> None:
        """Read the contract."""
        path = pathlib.Path(folder, _FILE)
        if path.exists():
            self.record(_parsed(path.read_text(encoding="utf-8"), str(path)))


def stored(path: Any) -> tuple[Entry, ...] | None:
    """The contract in a `.keras` file; `None` if there is none.

    Raises:
        FormatError: If it can't be read.
    """
    if not zipfile.is_zipfile(path):
        return None
    with zipfile.ZipFile(path) as archive:
        name = f"assets/{NAME}/{_FILE}"
        if name not in archive.namelist():
            return None
        if archive.getinfo(name).file_size > _MOST_BYTES:
            raise FormatError(f"The contract in '{path}' is too large.", remedy="Save it again.")
        return _parsed(archive.read(name).decode("utf-8"), str(path))


def _parsed(text: str, path: str) -> tuple[Entry, ...]:
    try:
        return tuple(Entry.from_json(fields) for fields in json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise FormatError(
            f"The contract in '{path}' can't be read: {error}.",
            remedy="Load it with keras.saving.load_model, and protect it anew.",
        ) from error
