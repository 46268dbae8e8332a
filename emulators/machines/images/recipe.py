"""What engines call the guest images: the world's name for one, and a digest of its recipe.

The world says ``dcsim/guest-tiny:1``; an engine has it as ``dcsim/guest-tiny:1-0123456789ab``.  So an engine that keeps an image of an
earlier recipe never passes it off as this one's.  What the recipe only names (busybox, Debian's packages) is not part of the digest.
"""

from __future__ import annotations

import functools
import hashlib
from typing import Final

import msgspec

from emulators.machines.images import debian, ssh, tiny_files
from emulators.machines.images.importing import context
from emulators.machines.images.names import DEBIAN, TINY

DIGITS: Final = 12


@functools.cache
def engine_name(image: str) -> str:
    """A guest image's name on engines; any other image's is its own."""
    match image:
        case _ if image == TINY:
            files = tiny_files.pack(b"", (), {})
            return _tagged(image, context("tiny"), files, tiny_files.CHANGES, ssh.PACKAGES)
        case _ if image == DEBIAN:
            return _tagged(image, context("debian"), debian.SUITE, debian.PACKAGES, debian.SOURCES, debian.CHANGES, debian.CHANGING)
        case _:
            return image


def _tagged(image: str, *recipe: object) -> str:
    return f"{image}-{hashlib.sha256(msgspec.msgpack.encode(recipe)).hexdigest()[:DIGITS]}"
