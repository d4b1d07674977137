"""What is said of a verdict: for every mistake in traffic, of one column, of several, of all."""

import re

import pytest

from samescale import mistakes
from samescale.errors import SpecError
from samescale.evidence._sayings import SAID
from samescale.evidence.verdict import DRIFT, Undo, Weighed
from samescale.evidence.words import listed, sentence

NAMED = [entry.name for entry in mistakes.catalogue() if entry.code.startswith("SG3")]
MANY = tuple(f"column_{number}" for number in range(15))


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("columns", [(), ("a",), ("a", "b"), MANY], ids=len)
@pytest.mark.parametrize("name", NAMED)
def test_every_mistake_in_traffic_is_told_in_two_sentences(name, columns, scaled):
    wrong, change = sentence(Weighed(name, columns, detail="so"), scaled=scaled)
    assert name in SAID
    for told in (wrong, change):
        assert told.endswith(".")
        assert told[0].isupper() or told[0] == "`"
        assert not re.search(r"[{}|]|  |\.\.", told)
    assert "(so)." in wrong
    assert all(f"`{column}`" in wrong for column in columns[:3])
    if len(columns) > 10:
        assert "and 12 more" in wrong


def test_drift_is_one_of_them():
    assert DRIFT in NAMED
    assert set(SAID) == set(NAMED)


@pytest.mark.parametrize("name", NAMED)
def test_one_column_has_a_verb_of_its_own(name):
    one, _ = sentence(Weighed(name, ("a",)))
    several, _ = sentence(Weighed(name, ("a", "b")))
    assert one.replace("`a`", "") != several.replace("`a` and `b`", "")


def test_a_mistake_of_the_catalogue_without_words_is_told_by_its_fix():
    wrong, change = sentence(Weighed("missing-share", ("a",)))
    assert wrong == "`a` shows the mistake 'missing-share'."
    assert change == mistakes.load("missing-share").fix


def test_a_mistake_that_is_none_is_refused():
    with pytest.raises(SpecError):
        sentence(Weighed("no-such-thing"))


def test_names_with_braces_and_long_ones_stand_as_they_are():
    wrong, _ = sentence(Weighed("log-applied", ("{s}", "x" * 200)))
    assert wrong == f"`{{s}}` and `{'x' * 39}…` arrive as their logarithms."


@pytest.mark.parametrize(
    ("scale", "change"),
    [
        (0.001, "Divide `w` by 1,000 before sending."),
        (1 / 60, "Divide `w` by 60 before sending."),
        (1000.0, "Multiply `w` by 1,000 before sending."),
        (1e-6, "Divide `w` by 1,000,000 before sending."),
        (0.45359237, "Multiply `w` by 0.453592 before sending."),
    ],
)
def test_a_factor_is_said_as_what_to_do(scale, change):
    told = Weighed("other-unit", ("w",), undo={"w": Undo("w", scale=scale)})
    assert sentence(told)[1] == change


@pytest.mark.parametrize("undo", [Undo("t", scale=1.8, shift=32.0), Undo("t", "exp")])
def test_what_is_no_factor_is_said_by_the_detail(undo):
    wrong, change = sentence(Weighed("other-unit", ("t",), detail="°C for °F", undo={"t": undo}))
    assert wrong == "`t` arrives in another unit than in training (°C for °F)."
    assert change == "Convert it to the unit of training before sending."


def test_a_detail_with_a_bracket_of_its_own_stands_behind_a_colon():
    wrong, _ = sentence(Weighed("other-unit", ("w",), detail="×2.20462 (lb and kg)"))
    assert wrong == "`w` arrives in another unit than in training: ×2.20462 (lb and kg)."


def test_a_sentinel_is_told_once():
    undo = {"a": Undo("a", "missing", 9999.0)}
    wrong, _ = sentence(Weighed("sentinel-for-missing", ("a",), detail="9999", undo=undo))
    assert wrong == "`a` holds 9999, which stands for a missing value."


def test_a_sentinel_is_named():
    undo = {name: Undo(name, "missing", -999.0) for name in ("a", "b")}
    wrong, _ = sentence(Weighed("sentinel-for-missing", ("a", "b"), undo=undo))
    assert wrong == "`a` and `b` hold -999, which stands for a missing value."


def test_two_columns_that_changed_places_are_named():
    undo = {"width": Undo("height"), "height": Undo("width"), "age": Undo("age")}
    told = Weighed("columns-permuted", ("width", "height"), detail="two exchanged", undo=undo)
    assert sentence(told)[0] == "`width` and `height` arrive in each other's place."


def test_columns_in_another_order_are_paired():
    undo = {name: Undo(source) for name, source in zip("abcd", "bcda", strict=True)}
    wrong, _ = sentence(Weighed("columns-permuted", tuple("abcd"), detail="shifted", undo=undo))
    assert wrong == (
        "4 columns arrive in another order than in training: "
        "`a` in `b`, `b` in `c`, `c` in `d` and 1 more."
    )


def test_where_all_are_concerned_the_way_back_names_them():
    told = Weighed("already-normalised", undo={"age": Undo("age"), "rooms": Undo("rooms")})
    assert sentence(told)[0] == "`age` and `rooms` arrive already normalised."


def test_four_columns_are_all_named_and_five_are_not():
    assert listed("abcd") == "`a`, `b`, `c` and `d`"
    assert listed("abcde") == "`a`, `b`, `c` and 2 more"


def test_where_callers_are_to_scale_the_remedy_is_another():
    told = Weighed("already-normalised", ("income",))
    assert "Drop the StandardScaler" in sentence(told)[1]
    assert "Scale once" in sentence(told, scaled=True)[1]
