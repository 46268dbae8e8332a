"""The files that the Neo4j Browser loads: ``style.grass``, ``guide.html``, and ``favourites/*.cypher``, each beginning with its title.

As Neo4j Browser 5 takes them: ``:play URL`` shows a page of ``<slide>`` elements, ``:style URL`` takes a style; both only from hosts that
``browser.remote_content_hostname_whitelist`` lists, by default localhost by that name.  Files may be dropped into its window as well: a
``.grass``, or a ``.zip`` of Cypher files, whose folders become folders of favourites.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec

FOLDER: Final = "dc-sim"
"""The folder of favourites in the Browser's sidebar."""
PACKAGE: Final = "cmdb.browser"
STYLE: Final = "style.grass"
GUIDE: Final = "guide.html"
FAVOURITES: Final = "favourites.zip"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_EXAMPLES: Final = {"ci": "name or uid", "other": "name or uid"}
_PARAMETER: Final = re.compile(r"\$(\w+)")


class Favourite(msgspec.Struct, frozen=True):
    """One saved question: ``title`` is its first line, ``statement`` the whole, comments and all."""

    name: str
    title: str
    statement: str

    @property
    def parameters(self) -> tuple[str, ...]:
        """What must be given with ``:param`` first, in the order of their first use."""
        return tuple(dict.fromkeys(_PARAMETER.findall(re.sub(r"(?m)^//.*$", "", self.statement))))


@cache
def favourites() -> tuple[Favourite, ...]:
    """All of them, in their order."""
    found = []
    for file in sorted((files(PACKAGE) / "favourites").iterdir(), key=lambda one: one.name):
        if file.name.endswith(".cypher"):
            statement = file.read_text(encoding="utf-8").strip()
            title = statement.splitlines()[0].removeprefix("//").strip()
            found.append(Favourite(file.name.removesuffix(".cypher"), title, statement))
    return tuple(found)


@cache
def style() -> str:
    """The style, in GraSS."""
    return (files(PACKAGE) / STYLE).read_text(encoding="utf-8")


def guide(base: str) -> str:
    """The guide; *base* is the URL of the folder that it and the other files are served under."""
    page = (files(PACKAGE) / GUIDE).read_text(encoding="utf-8")
    questions = "".join(_question(one) for one in favourites())
    return page.replace("{base}", html.escape(base)).replace("{favourites}", questions)


def _question(one: Favourite) -> str:
    number, _, title = one.title.partition(". ")
    given = "".join(f"<pre class=\"code runnable\">:param {name} =&gt; '{_EXAMPLES[name]}'</pre>" for name in one.parameters)
    first = "<p>First say which (a name or a uid):</p>" + given if given else ""
    return f'<h4>{number}. {html.escape(title)}</h4>{first}<pre class="code runnable">{html.escape(one.statement)}</pre>'


@cache
def archive() -> bytes:
    """The favourites as a ``.zip`` that the Browser imports when it is dropped into its window; the same bytes every time."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for one in favourites():
            target.writestr(zipfile.ZipInfo(f"{FOLDER}/{one.name}.cypher", _EPOCH), one.statement + "\n")
    return packed.getvalue()
