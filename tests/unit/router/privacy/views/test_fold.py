# ruff: noqa: RUF001
from __future__ import annotations

import pytest

from router.privacy.views.fold import fold_fully
from router.privacy.views.texts import views


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("𝓙𝓸𝓱𝓷 𝕊𝕞𝕚𝕥𝕙", "John Smith"),
        ("Ⓙⓞⓗⓝ 🅙🅞🅗🅝 🄹🄾🄷🄽", "John JOHN JOHN"),
        ("ᴊᴏʜɴ", "john"),
        ("①②③ ❶❷❸ ⑴⑵ ⁴⁵⁶ ₇₈ ⑫", "123 123 12 456 78 12"),
        ("4️⃣1️⃣1️⃣", "411"),
        ("john＠example．com", "john@example.com"),
        ("john﹫example。com", "john@example.com"),
        ("J̶o̶h̶n", "John"),
        ("Jose\u0301 Garc\u0327a", "José Garça"),
        ("e\u0323\u0302", "ệ"),
        ("и\u0306", "й"),
        ("раураl.соm", "paypal.com"),
        ("ѕсоре of jоhn", "scope of john"),
        ("١٢٣٤ ۱۲۳ ௧௨ ๑๒", "1234 123 12 12"),
        ("10\u202f000\u00a0kg", "10 000 kg"),
        ("1\u20102\u20113\u20124\u20135\u20146\u22127", "1-2-3-4-5-6-7"),
        ("a\u2028b\x1fc\x00d", "a\nb cd"),
        ("O\u2019Brien\u200b", "O'Brien"),
        ("\ufb01nance", "finance"),
    ],
)
def test_what_reads_alike_is_spelled_alike(text: str, reads: str) -> None:
    assert fold_fully(text) == reads


@pytest.mark.parametrize(
    "text",
    [
        "Привет, как дела? Я живу в New York, а Сара в Москве.",
        "Η Αθήνα είναι η πρωτεύουσα της Ελλάδας.",
        "Thiên nhiên Việt Nam, Łódź, Ærø, İstanbul, groß, Ñandú",
        "“Quotes” – really… it’s 20\u2009% off, ❤️ 👩‍👩‍👧 🇩🇪 ™",
        "שלום עולם नमस्ते สวัสดี",
    ],
)
def test_ordinary_writing_is_looked_at_once(text: str) -> None:
    assert len(views(text)) == 1


def test_a_long_text_with_one_disguise_is_looked_at_once_and_a_bit() -> None:
    text = "An ordinary sentence, of which there are many here. " * 400
    text = text[:9000] + " ０７８-05-1120 " + text[9000:]
    found = views(text)
    assert [view.kind for view in found] == ["as-is", "folded"]
    folded = found.views[1]
    assert len(folded.text) < 1000
    at = folded.text.index("078-05-1120")
    start, end = folded.locate(at, at + 11)
    assert text[start:end] == "０７８-05-1120"
