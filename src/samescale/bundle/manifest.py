"""The manifest: what a bundle says about itself, first of all the digest of every other member."""

from __future__ import annotations

import dataclasses as dc
import hashlib
import re
from typing import TYPE_CHECKING, Any, Final, Self, final

from samescale.bundle import strict
from samescale.bundle.format import FORMAT, MANIFEST
from samescale.errors import FormatError, IntegrityError

if TYPE_CHECKING:
    from collections.abc import Mapping

FITTED: Final = "fitted"
"""What stands for a model's kind where there is none: docs/decisions/0007-a-fitted-file.md."""

_FIELDS = {
    "format": int,
    "created": str,
    "notes": str,
    "model": dict,
    "target": dict | list | None,
    "schema": list,
    "graphs": dict,
    "fitted": str,
    "versions": dict,
    "provenance": dict,
    "members": dict,
}
_DIGEST = re.compile(r"[0-9a-f]{64}")
_CREATED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@final
@dc.dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What stands in `manifest.json`.

    Attributes:
        created: When the bundle was made: UTC, to the second, as `2026-01-31T12:00:00Z`.
        notes: What its maker wants its reader to know.
        model: The model's kind and what the kind needs to load it: `{"kind": …, "config": {…}}`.
        target: The target's column, task and classes, a list of several targets; `None` if there
            is no target.
        schema: The input contract, as `Schema.to_json`.
        graphs: The digest of each graph, by name, as `ir.serial.digest`.
        fitted: The digest of the fitted preprocessing.
        versions: The versions it was made with, by package.
        provenance: From what it was made.
        members: For each other member, its size in bytes and its SHA-256, by name.
    """

    created: str
    model: Mapping[str, Any]
    target: Mapping[str, Any] | list[Any] | None
    schema: list[dict[str, Any]]
    graphs: Mapping[str, str]
    fitted: str
    versions: Mapping[str, str]
    provenance: Mapping[str, Any] = dc.field(default_factory=dict)
    notes: str = ""
    members: Mapping[str, Mapping[str, Any]] = dc.field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The model's kind; `fitted` where there is no model."""
        return str(self.model["kind"])

    def over(self, members: Mapping[str, bytes | memoryview]) -> Self:
        """The manifest that lists these members."""
        listed = {
            name: {"size": len(members[name]), "sha256": hashlib.sha256(members[name]).hexdigest()}
            for name in sorted(members)
        }
        return dc.replace(self, members=listed)

    def to_json(self) -> dict[str, Any]:
        """The manifest as JSON, the format's number first."""
        return {name: FORMAT if name == "format" else getattr(self, name) for name in _FIELDS}

    def to_bytes(self) -> bytes:
        """The bytes of `manifest.json`."""
        return strict.dump(self.to_json())

    @classmethod
    def from_bytes(cls, data: bytes | memoryview) -> Self:
        """The manifest of `manifest.json`.

        Raises:
            FormatError: If a field is missing, unknown or of the wrong type, or if the format is
                another one.
        """
        fields = strict.parse(data, MANIFEST)
        _check_fields(fields)
        del fields["format"]
        return cls(**fields)

    def check(self, members: Mapping[str, bytes | memoryview]) -> None:
        """See that the members are the listed ones, to the bit.

        Args:
            members: Every member but the manifest.

        Raises:
            IntegrityError: Naming the member that is missing, extra or another one.
        """
        for name in sorted(set(members) ^ set(self.members)):
            there = "isn't in the manifest" if name in members else "is in the manifest only"
            raise IntegrityError(f"Member '{name}' {there}.", member=name)
        for name, data in members.items():
            listed = self.members[name]
            if len(data) != listed["size"] or hashlib.sha256(data).hexdigest() != listed["sha256"]:
                raise IntegrityError(
                    f"Member '{name}' isn't the one that the manifest lists.",
                    remedy="The file was put together from parts of others; get the bundle again.",
                    member=name,
                )


def _check_fields(fields: Any) -> None:
    if not isinstance(fields, dict) or type(fields.get("format")) is not int:
        raise _fault("it has no format number")
    if fields["format"] != FORMAT:
        raise FormatError(
            f"The bundle is of format {fields['format']}; this samescale reads format {FORMAT}.",
            remedy="Install a newer samescale.",
            format=fields["format"],
        )
    for name in sorted(set(fields) ^ set(_FIELDS)):
        raise _fault(f"field {name!r} is {'unknown' if name in fields else 'missing'}")
    for name, kind in _FIELDS.items():
        if not isinstance(fields[name], kind):
            raise _fault(f"field {name!r} is of the wrong type")
    _check_parts(fields)


def _check_parts(fields: Mapping[str, Any]) -> None:
    model = fields["model"]
    if set(model) != {"kind", "config"} or not isinstance(model["kind"], str):
        raise _fault("field 'model' isn't a kind and its config")
    if not isinstance(fields["provenance"].get("adapted"), dict):
        raise _fault("field 'provenance' doesn't say what was adapted")
    if not isinstance(model["config"], dict) or not _CREATED.fullmatch(fields["created"]):
        raise _fault("field 'created' or the model's config is malformed")
    for name in ("graphs", "versions"):
        if not all(isinstance(value, str) for value in fields[name].values()):
            raise _fault(f"field {name!r} holds what isn't text")
    for name, listed in fields["members"].items():
        if not _is_listing(listed):
            raise _fault(f"member {name!r} isn't listed with its size and SHA-256")


def _is_listing(listed: Any) -> bool:
    return (
        isinstance(listed, dict)
        and set(listed) == {"size", "sha256"}
        and type(listed["size"]) is int
        and isinstance(listed["sha256"], str)
        and _DIGEST.fullmatch(listed["sha256"]) is not None
    )


def _fault(reason: str) -> FormatError:
    return FormatError(f"'{MANIFEST}' isn't a manifest: {reason}.", member=MANIFEST)
