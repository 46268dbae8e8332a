"""What the world calls the guest images; engines have them under these names and a digest of the recipe (`recipe.py`)."""

from __future__ import annotations

TINY = "dcsim/guest-tiny:1"
"""Busybox, a boot banner and an ssh server, about 5 MB: for scale."""

DEBIAN = "dcsim/guest-debian:12"
"""Debian 12 with python3, apt and sshd: for patching and automation."""

ALL = {"tiny": TINY, "debian": DEBIAN}
KIND_LABEL = "dcsim.guest"
