"""Documents that were valid once: what a careless, broken or hostile client might send.  The same seed makes the same ones."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

FILTER = (
    '<inFilter><and><eq class="computeBlade" property="chassisId" value="1"/>'
    '<not><gt class="computeBlade" property="slotId" value="2"/></not>'
    '<or><wcard class="computeBlade" property="dn" value="blade"/>'
    '<bw class="computeBlade" property="slotId" firstValue="1" secondValue="4"/>'
    '<anybit class="computeBlade" property="connPath" value="A,B"/></or></and></inFilter>'
)
PROFILE = (
    '<lsServer dn="org-root/ls-fuzz" identPoolName="default" status="created,modified">'
    '<vnicEther rn="ether-eth0" switchId="A" order="1"><vnicEtherIf rn="if-default" defaultNet="yes"/></vnicEther>'
    '<lsPower rn="power" state="admin-down"/></lsServer>'
)
VALID = (
    '<aaaKeepAlive cookie="COOKIE"/>',
    '<aaaLogin inName="admin" inPassword="not the password"/>',
    '<aaaRefresh inName="admin" inPassword="no" inCookie="1/2"/>',
    '<aaaLogout inCookie="1417105892/4e7a2c00-0000-0000-0000-000000000000"/>',
    '<configResolveClass cookie="COOKIE" classId="computeBlade" inHierarchical="false"/>',
    f'<configResolveClass cookie="COOKIE" classId="computeBlade" inHierarchical="false">{FILTER}</configResolveClass>',
    '<configResolveClasses cookie="COOKIE" inHierarchical="false"><inIds><classId value="fabricVlan"/><classId value="orgOrg"/></inIds>'
    "</configResolveClasses>",
    '<configResolveDn cookie="COOKIE" dn="sys/chassis-1/blade-1" inHierarchical="true"/>',
    '<configResolveDns cookie="COOKIE"><inDns><dn value="sys"/><dn value="org-root"/></inDns></configResolveDns>',
    '<configResolveChildren cookie="COOKIE" inDn="org-root" classId="lsServer" inHierarchical="no"/>',
    '<configResolveParent cookie="COOKIE" dn="sys/chassis-1/blade-1"/>',
    '<configScope cookie="COOKIE" dn="sys/chassis-1" inClass="processorUnit" inRecursive="true" inHierarchical="false"/>',
    '<configFindDnsByClassId cookie="COOKIE" classId="lsServer"/>',
    '<configCountClass cookie="COOKIE" classId="computeBlade"/>',
    '<configFindDependencies cookie="COOKIE" dn="org-root/mac-pool-default" inReturnConfigs="yes"/>',
    '<configConfMo cookie="COOKIE" dn="org-root/mac-pool-fuzz"><inConfig><macpoolPool dn="org-root/mac-pool-fuzz" descr="x" '
    'assignmentOrder="sequential" status="created,modified"/></inConfig></configConfMo>',
    '<configConfMos cookie="COOKIE" inHierarchical="false"><inConfigs><pair key="fabric/lan/net-fuzz"><fabricVlan dn="fabric/lan/net-fuzz" '
    f'id="3900" status="created,modified"/></pair><pair key="org-root/ls-fuzz">{PROFILE}</pair></inConfigs></configConfMos>',
    '<configConfMoGroup cookie="COOKIE"><inDns><dn value="org-root/mac-pool-fuzz"/></inDns><inConfig><macpoolPool descr="y"/></inConfig>'
    "</configConfMoGroup>",
    f'<configEstimateImpact cookie="COOKIE"><inConfigs><pair key="org-root/ls-fuzz">{PROFILE}</pair></inConfigs></configEstimateImpact>',
    '<lsInstantiateNNamedTemplate cookie="COOKIE" dn="org-root/ls-none" inTargetOrg="org-root" inErrorOnExisting="true"><inNameSet>'
    '<dn value="fuzz-a"/></inNameSet></lsInstantiateNNamedTemplate>',
    '<lsClone cookie="COOKIE" dn="org-root/ls-fuzz" inServerName="fuzz" inTargetOrg="org-root"/>',
    '<orgResolveElements cookie="COOKIE" dn="org-root" inClass="macpoolPool" inSingleLevel="no" inHierarchical="no"/>',
    '<faultAckFault cookie="COOKIE" inId="12345"/>',
    '<loggingSyncOcns cookie="COOKIE" inFromOrZero="0" inToOrZero="9"/>',
    '<eventUnsubscribe cookie="COOKIE"/>',
)
VALUES = (
    "", "0", "-1", "1", "99999999999999999999999999", "1e999", "NaN", "true", "yes", "no", "a" * 5000,
    "\u00e4\u4e2d\U0001f4a9", "&#0;", "&#x1F;", "&bomb;", "<", "%s%n", "../../etc/passwd", "a[b]/c", "[[[[", "]]]]",
    "sys", "org-root", "org-root/org-a/org-b/org-c/org-d/org-e/org-f", "sys/chassis-1/blade-1", "org-root/ls-fuzz/ether-eth0",
    "(((((((((((((((((((((a?)*)*)*)*", "computeBlade", "lsServer", "topRoot", "noSuch", "derived",
    "created", "deleted", "modified", "created,modified", "deleted,created", "replaced", "00:25:B5:00:00:01", "0000-000000000001",
)  # fmt: skip
TAGS = (
    "eq", "and", "not", "pair", "dn", "classId", "inConfig", "inFilter", "inDns",
    "lsServer", "orgOrg", "faultInst", "computeBlade", "x",
)  # fmt: skip
_ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')
_TAG = re.compile(r"<(/?)(\w+)")


class Garbler:
    """Makes them; ``cookie`` is a good one."""

    def __init__(self, seed: int, cookie: str) -> None:
        self._random = random.Random(seed)
        self._cookie = cookie
        self._ways: tuple[Callable[[str], str], ...] = (
            self._other_value, self._other_value, self._other_value, self._other_name, self._other_tag, self._without_attribute,
            self._twice, self._without, self._with_noise, self._shortened, self._nested, self._prefixed,
        )  # fmt: skip

    def document(self) -> bytes:
        """The next one: a valid document, changed in one to four ways."""
        text = self._random.choice(VALID)
        for _ in range(self._random.choice((1, 1, 2, 4))):
            text = self._random.choice(self._ways)(text)
        text = text.replace("COOKIE", self._cookie)
        encoding = self._random.choices(("utf-8", "utf-16", "latin-1"), (97, 2, 1))[0]
        return self._flipped(text.encode(encoding, "replace"))

    def _flipped(self, body: bytes) -> bytes:
        if body and self._random.random() < 0.1:
            at = self._random.randrange(len(body))
            return body[:at] + bytes([self._random.randrange(256)]) + body[at + 1 :]
        return body

    def _place(self, pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
        found = list(pattern.finditer(text))
        return self._random.choice(found) if found else None

    def _other_value(self, text: str) -> str:
        match = self._place(_ATTRIBUTE, text)
        if match is None or (match[1] == "cookie" and self._random.random() < 0.8):
            return text
        return f'{text[: match.start()]}{match[1]}="{self._random.choice(VALUES)}"{text[match.end() :]}'

    def _other_name(self, text: str) -> str:
        match = self._place(_ATTRIBUTE, text)
        name = self._random.choice(("dn", "status", "name", "noSuch", "xml:lang", "id", "serial", "class"))
        return text if match is None else f'{text[: match.start()]}{name}="{match[2]}"{text[match.end() :]}'

    def _other_tag(self, text: str) -> str:
        match = self._place(_TAG, text)
        return text if match is None else f"{text[: match.start()]}<{match[1]}{self._random.choice(TAGS)}{text[match.end() :]}"

    def _without_attribute(self, text: str) -> str:
        match = self._place(_ATTRIBUTE, text)
        return text if match is None else text[: match.start()] + text[match.end() :]

    def _span(self, text: str) -> tuple[int, int]:
        first, second = self._random.randrange(len(text) + 1), self._random.randrange(len(text) + 1)
        return min(first, second), max(first, second)

    def _twice(self, text: str) -> str:
        low, high = self._span(text)
        return text[:high] + text[low:high] + text[high:]

    def _without(self, text: str) -> str:
        low, high = self._span(text)
        return text[:low] + text[high:]

    def _with_noise(self, text: str) -> str:
        at = self._random.randrange(len(text) + 1)
        noise = ("<!-- x -->", "<![CDATA[<x>]]>", "<?pi x?>", "text", "\n\n", "&amp;", "&lt;", "<x/>", "\u2028", "]]>")
        return text[:at] + self._random.choice(noise) + text[at:]

    def _shortened(self, text: str) -> str:
        return text[: self._random.randrange(len(text) + 1)]

    def _nested(self, text: str) -> str:
        depth, tag = self._random.choice((2, 63, 65, 5000)), self._random.choice(TAGS)
        return f"<{tag}>" * depth + text + f"</{tag}>" * depth

    def _prefixed(self, text: str) -> str:
        entity = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY bomb "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        outside = '<!DOCTYPE x SYSTEM "file:///etc/passwd">'
        declarations = ('<?xml version="1.0"?>', '<?xml version="1.0" encoding="ebcdic"?>', "\ufeff", " ")
        return self._random.choice((entity, outside, *declarations)) + text
