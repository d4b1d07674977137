"""JSON that two parsers could read in two ways isn't read."""

from __future__ import annotations

import pytest

from samescale.bundle import strict
from samescale.errors import FormatError


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b'{"a": 1, "a": 1}', "'a' stands twice"),
        (b'{"b": [{"a": 1, "a": 1}]}', "'a' stands twice"),
        (b"NaN", "NaN is no JSON number"),
        (b"[-Infinity]", "-Infinity is no JSON number"),
        (b"1e999", "overflows"),
        (b"9" * 5000, "integer string conversion"),
        (b"[" * 33 + b"]" * 33, "deeper than 32"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "deeper than 32"),
        (b"[" * 1_000_000, "deeper than 32"),
        (b"\xff", "codec"),
        (b'"\xed\xa0\x80"', "codec"),
        (b"{}x", "Extra data"),
        (b"", "Expecting value"),
        (b"\xef\xbb\xbf{}", "BOM"),
    ],
)
def test_ambiguous_json_is_refused(text, reason):
    with pytest.raises(FormatError, match=reason):
        strict.parse(text, "spec.json")


@pytest.mark.parametrize("dump", [strict.dump, strict.compact])
def test_values_come_back(dump):
    value = {"z": [1, 2.5, None, True, "ü\n"], "a": {"deep": [[[]]]}, "small": 5e-324}
    assert strict.parse(dump(value), "x") == value


def test_nested_as_deep_as_allowed_is_read():
    assert strict.parse(b"[" * 32 + b"]" * 32, "x")


def test_nan_is_not_written():
    with pytest.raises(ValueError, match="not JSON compliant"):
        strict.dump(float("nan"))
