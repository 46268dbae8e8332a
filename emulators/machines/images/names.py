"""The guest images' names; both ways of building make the same ones."""

from __future__ import annotations

TINY = "dcsim/guest-tiny:1"
"""Busybox, a boot banner and an ssh server, about 5 MB: for scale."""

DEBIAN = "dcsim/guest-debian:12"
"""Debian 12 with python3, apt and sshd: for patching and automation."""

ALL = {"tiny": TINY, "debian": DEBIAN}
KIND_LABEL = "dcsim.guest"
