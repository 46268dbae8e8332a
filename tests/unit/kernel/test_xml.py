"""Hardened XML parsing: what strangers may send, and that each attack is refused cheaply."""

from __future__ import annotations

import asyncio
import time

import pytest

from dcsim.xml import LARGE, MalformedXml, XmlLimits, parse, parse_async

LAUGHS = (
    b"""<?xml version="1.0"?><!-- hello --><!DOCTYPE lolz [<!ENTITY lol "lol">"""
    + b"".join(b'<!ENTITY lol%d "%s">' % (level, (b"&lol%d;" % (level - 1) if level > 1 else b"&lol;") * 10) for level in range(1, 10))
    + b"]><lolz>&lol9;</lolz>"
)

ATTACKS = {
    "billion laughs": LAUGHS,
    "external entity": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "external DTD": b'\xef\xbb\xbf \n<!DOCTYPE a SYSTEM "http://192.0.2.1/evil.dtd"><a/>',
    "undefined entity": b"<a>&x;</a>",
    "200k deep": b"<a>" * 200_000,
    "200k deep and closed": b"<a>" * 200_000 + b"</a>" * 200_000,
    "100k attributes": b"<a " + b" ".join(b'x%d="1"' % n for n in range(100_000)) + b"/>",
    "100k attributes with > inside": b"<a " + b" ".join(b'x%d=">"' % n for n in range(100_000)) + b"/>",
    "100k namespaces": b"<a " + b" ".join(b"xmlns:x%d='1'" % n for n in range(100_000)) + b"/>",
    "unterminated tags": b'<a b="c' * 100_000,
    "unterminated comments": b"<!--=" * 200_000,
    "300k elements": b"<a>" + b"<b/>" * 300_000 + b"</a>",
    "UTF-16": '<!DOCTYPE a><a x="1"/>'.encode("utf-16"),
    "UTF-16 without BOM": '<a x="1"/>'.encode("utf-16-le"),
    "UTF-7": b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4APA-a/+AD4-',
    "truncated": b"<a><b>",
    "not XML": b"GET / HTTP/1.1",
    "empty": b"",
    "two roots": b"<a/><b/>",
}


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_is_refused_in_less_than_50_ms(name: str) -> None:
    def best_of(attempts: int) -> float:
        times = []
        for _ in range(attempts):
            started = time.perf_counter()
            with pytest.raises(MalformedXml):
                parse(ATTACKS[name])
            times.append(time.perf_counter() - started)
        return min(times)

    assert best_of(3) < 0.050


def test_message_says_which_limit() -> None:
    with pytest.raises(MalformedXml, match="document type declaration"):
        parse(LAUGHS)
    with pytest.raises(MalformedXml, match="more than 256 attributes"):
        parse(ATTACKS["100k attributes"])
    with pytest.raises(MalformedXml, match="at most 10 are allowed"):
        parse(b"<a>0123456789</a>", XmlLimits(max_bytes=10))
    with pytest.raises(MalformedXml, match="deeper than 3"):
        parse(b"<a><a><a><a/></a></a></a>", XmlLimits(max_depth=3))


def test_limits_are_inclusive() -> None:
    assert parse(b"<a><a><a/></a></a>", XmlLimits(max_depth=3)).tag == "a"
    assert len(parse(b"<a>" + b"<b/>" * 9 + b"</a>", XmlLimits(max_elements=10))) == 9
    assert len(parse(b'<a x="1" y="2"/>', XmlLimits(max_attributes=2)).attrib) == 2
    with pytest.raises(MalformedXml):
        parse(b"<a>" + b"<b/>" * 10 + b"</a>", XmlLimits(max_elements=10))
    with pytest.raises(MalformedXml):
        parse(b'<a x="1" y="2" z="3"/>', XmlLimits(max_attributes=2))


def test_markup_in_text_counts_for_nothing() -> None:
    text = b"a=b " * 5_000
    body = b"<a><!-- " + text + b"--><b><![CDATA[<!DOCTYPE x> " + text + b"]]></b><?pi " + text + b"?><c>" + text + b"</c></a>"
    root = parse(body)
    assert [child.tag for child in root] == ["b", "c"]
    assert (root[0].text or "").startswith("<!DOCTYPE x>")


def test_many_elements_with_few_attributes_each_are_fine() -> None:
    root = parse(b"<a>" + b'<obj type="VirtualMachine">vm-1</obj>' * 10_000 + b"</a>")
    assert len(root) == 10_000


def test_utf8_text_survives() -> None:
    assert parse('<?xml version="1.0" encoding="UTF-8"?><a>Zürich \N{SNOWMAN}</a>'.encode()).text == "Zürich \N{SNOWMAN}"


async def test_large_body_leaves_the_loop_free() -> None:
    body = b"<a>" + b'<obj type="VirtualMachine">vm-1</obj>' * 20_000 + b"</a>"
    assert len(body) > LARGE
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0)
            ticks += 1

    ticking = asyncio.create_task(tick())
    root = await parse_async(body)
    ticking.cancel()
    assert len(root) == 20_000
    assert ticks > 10
