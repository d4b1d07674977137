"""The report as a file: whole, the same again, and proof against what it shows."""

from __future__ import annotations

import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import samescale.report as reporting
from samescale.errors import SourceError
from samescale.report import page, write
from samescale.report._markup import named, sentence, tag, visible
from samescale.report.headline import chance
from tests import diagnoses

PAGES = ("mistake", "nothing", "drift", "hostile")
VOID = {"meta", "rect", "line", "path", "br"}
STYLE = Path(reporting.__file__).parent / "style.css"


class Read(HTMLParser):
    """Whether every element is closed, and what elements and attributes there are."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def read(text):
    parser = Read()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    return parser


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_well_formed_and_asks_for_nothing(name):
    text = page(getattr(diagnoses, name)())
    seen = read(text).seen
    assert {tag for tag, _ in seen} & {"script", "link", "img", "iframe", "object"} == set()
    assert not [key for _, attrs in seen for key in attrs if key in {"src", "onmouseover"}]
    assert {attrs.get("href") for tag, attrs in seen if tag == "a"} <= {"#columns"}
    assert "url(" not in text
    assert "@import" not in text
    policy = next(attrs for _, attrs in seen if attrs.get("http-equiv"))
    assert policy["content"].startswith("default-src 'none'")
    assert dict(seen)["html"]["lang"] == "en"


@pytest.mark.parametrize("name", PAGES)
def test_the_same_diagnosis_gives_the_same_bytes(name, tmp_path: Path):
    write(getattr(diagnoses, name)(), tmp_path / "a.html")
    write(getattr(diagnoses, name)(), tmp_path / "b.html")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


@pytest.mark.parametrize("name", ["mistake", "nothing", "drift"])
def test_nothing_is_escaped_twice(name):
    text = page(getattr(diagnoses, name)())
    assert "&lt;" not in text
    assert "&amp;" not in text


def test_a_date_stands_in_it_only_if_it_is_given():
    assert "2026-01-31" in page(diagnoses.nothing(), date="2026-01-31")
    assert not re.search(r"20\d\d-\d\d-\d\d", page(diagnoses.nothing()))


def test_what_is_told_is_in_it():
    told = " ".join(read(page(diagnoses.mistake())).text)
    for part in (
        "arrive already normalised.", "Drop the StandardScaler", "once in a trillion times",
        "SG301", "rome ", "Paris", "never", "can’t be told", "about 200",
        " two exchanged", "free text",
        "After the way back", "missing in 20 %",
    ):  # fmt: skip
        assert part in told, part


def test_every_picture_says_what_it_shows():
    text = page(diagnoses.mistake())
    pictures = re.findall(r'<svg[^>]*role="img"[^>]*>(.*?)</svg>', text, re.DOTALL)
    assert pictures
    assert all(re.match(r"<title>[^<]+</title><desc>[^<]+</desc>", one) for one in pictures)
    drawn = re.findall(r"<svg[^>]*>", text)
    assert all('role="img"' in one or 'aria-hidden="true"' in one for one in drawn)


def test_other_columns_unfold():
    text = page(diagnoses.mistake(columns=40))
    assert "38 more columns" in text
    assert text.count("<article") == 46
    assert len(text) < 46 * 12_000


def test_writing_is_all_or_nothing(tmp_path: Path, monkeypatch):
    target = tmp_path / "r.html"
    target.write_text("before", encoding="utf-8")

    def fail(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(SourceError, match="No space left"):
        write(diagnoses.nothing(), target)
    assert target.read_text(encoding="utf-8") == "before"
    assert [one.name for one in tmp_path.iterdir()] == ["r.html"]


def test_a_folder_that_isnt_there_is_told(tmp_path: Path):
    with pytest.raises(SourceError, match="can't be written"):
        write(diagnoses.nothing(), tmp_path / "none" / "r.html")


def test_text_is_escaped_everywhere():
    assert tag("p", "<b>", title='"x"') == '<p title="&quot;x&quot;">&lt;b&gt;</p>'
    assert named("<i>") == "<bdi>&lt;i&gt;</bdi>"
    assert sentence("`<i>` & co") == "<code><bdi>&lt;i&gt;</bdi></code> &amp; co"
    assert visible("a\x00b\u2066c\ud800") == "a\\x00b\\u2066c\\ud800"


@pytest.mark.parametrize(
    ("evidence", "words"),
    [(1.0, "once in 10 times"), (5.3, "once in 200,000 times"), (99.0, "once in a trillion times")],
)
def test_evidence_in_words(evidence, words):
    assert chance(evidence) == words


def colours(text):
    return dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", text))


def luminance(colour):
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ratio(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_colours_stand_out(scheme):
    """Text by 4.5, lines of pictures by 3; the browser's tests measure what is really drawn."""
    text = STYLE.read_text(encoding="utf-8")
    light, dark, _ = re.findall(r":root \{(.*?)\}", text, re.DOTALL)
    palette = colours((light, dark)[scheme])
    for ink in ("ink", "quiet", "mistake", "drift", "noted", "nothing"):
        for ground in ("paper", "card", "code"):
            assert ratio(palette[ink], palette[ground]) >= 4.5, (ink, ground)
    for line in ("train", "live", "back", "proof"):
        assert ratio(palette[line], palette["card"]) >= 3, line
