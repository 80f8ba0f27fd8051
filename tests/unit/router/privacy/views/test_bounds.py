# ruff: noqa: RUF005
"""What holds for every text that anybody may send."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from router.privacy.views.illegible import illegible
from router.privacy.views.offsets import Edit, disjoint, rewrite
from router.privacy.views.texts import views

ANY = st.text(st.characters(), max_size=400)
TROUBLE = st.lists(
    st.sampled_from(
        ["%41", "%e9", "&#74;", "&amp;", "\\u0041", "\\xe9", "=C3=A9", "=\n", "U+0041 ", "4a6f686e"]
        + ["SGVsbG8gd29ybGQh", " at ", "[at]", " dot ", "@", ".", " ", "1", "a", "one ", "double "]
        + ["\u200b", "\u0301", "\ud800", "\U000e0041", "\ufe0f", "\u0430", "\uff11", "\x00", "\n"]
        + ["quatre vingt ", "01001010", "0x4a,", "74, ", "treinta y ", "oh ", "dash ", "\u2013"]
    ),
    max_size=60,
).map("".join)


@given(ANY | TROUBLE)
@example("\ud800")
@example("")
@example("\u0301")
@example("&#x110000;&#99999999;%u0000\\U00110000\\u{ffffff}")
@example("j o h n @ x . ")
def test_every_text_has_views_that_point_into_it(text: str) -> None:
    found = views(text)
    as_is = found.views[0]
    assert as_is.kind == "as-is"
    assert len(as_is.text) == len(text)
    assert as_is.text.isascii() or as_is.text.encode()
    assert len(found) <= 14
    for view in found.views[1:]:
        view.text.encode()
        assert view.starts is not None
        assert view.ends is not None
        assert len(view.starts) == len(view.ends) == len(view.text)
        last = 0
        for start, end in zip(view.starts, view.ends, strict=True):
            assert last <= start < end <= len(text)
            last = start
    assert illegible(text) in {None, "blob", "script"}


@given(
    before=st.text(st.sampled_from("abc xyz,."), max_size=30),
    after=st.text(st.sampled_from("abc xyz,."), max_size=30),
    breaks=st.lists(
        st.text(st.sampled_from("\u200b\u00ad\u2060\ufeff\x02"), max_size=3), min_size=11
    ),
)
def test_a_split_number_is_located_exactly(before: str, after: str, breaks: list[str]) -> None:
    needle = "078-05-1120"
    split = "".join(c + gap for c, gap in zip(needle, [*breaks[:10], ""], strict=True))
    text = f"{before} {split} {after}"
    for view in views(text):
        if (at := view.text.find(needle)) >= 0:
            start, end = view.locate(at, at + len(needle))
            assert text[start:end] == split
            return
    pytest.fail("not found")


@given(ANY, st.lists(st.tuples(st.integers(0, 400), st.integers(1, 5), st.text(max_size=4))))
def test_a_rewritten_text_knows_where_each_character_came_from(
    text: str, changes: list[tuple[int, int, str]]
) -> None:
    edits = disjoint(
        [Edit(at, at + size, new) for at, size, new in changes if at + size <= len(text)]
    )
    new, offsets, _ = rewrite(text, edits)
    for index, character in enumerate(new):
        start, end = offsets.span(index)
        inside = [edit for edit in edits if (edit.start, edit.end) == (start, end)]
        assert text[start:end] == character or any(character in edit.text for edit in inside)


@pytest.mark.parametrize(
    "piece",
    ["a[at]b[dot]c", "one ", "1 ", "%41", "&#74;", "\\u0041", "=3D=\n", "a\u200b", "e\u0301", "4a "]
    + ["SGVsbG8gd29ybGQh ", "SGVsbG8gd29ybGQh\n", "\u0430\u0440\u0430 ", "@", "-at-x.y", "\x00"],
)
def test_views_of_a_long_hostile_text_are_few_and_bounded(piece: str) -> None:
    text = piece * (60_000 // len(piece))
    found = views(text, max_decoded_characters=20_000)
    assert len(found) <= 14
    assert sum(len(view.text) for view in found) <= 6 * len(text)
