"""What the tiny guest's file system is made of, but for the programs that come from elsewhere (pure)."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from emulators.machines.images.importing import add_directory, add_file, add_link, guest_file, tools
from emulators.machines.images.names import KIND_LABEL

DIRECTORIES = ("bin", "dev", "etc", "mnt", "proc", "root", "run", "sbin", "sys", "usr", "usr/bin", "usr/sbin", "var", "var/log")
CHANGES = [
    'CMD ["/sbin/dcsim-guest"]',
    "ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin",
    f"LABEL {KIND_LABEL}=tiny",
]
ETC = {
    "passwd": b"root:x:0:0:root:/root:/bin/sh\ncirros:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    "shadow": b"root:*:19000:0:99999:7:::\ncirros:*:19000:0:99999:7:::\nnobody:*:19000:0:99999:7:::\n",
    "profile": b'mount() { /usr/bin/mount "$@"; }\numount() { /usr/bin/umount "$@"; }\n',
    "group": b"root:x:0:\nnogroup:x:65534:\n",
    "issue": b"dc-sim tiny guest\n",
    "os-release": b'NAME="dc-sim tiny guest"\nID=dcsim-tiny\nVERSION_ID=1\nPRETTY_NAME="dc-sim tiny guest 1"\n',
}


def pack(busybox: bytes, applets: Iterable[str], more: Mapping[str, bytes]) -> bytes:
    """The archive with ``applets`` (paths without the leading slash) as links to the one program, and ``more`` programs by their path."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name in sorted({*DIRECTORIES, *(str(PurePosixPath(path).parent) for path in more)}):
            add_directory(archive, name)
        add_directory(archive, "tmp", 0o1777)
        add_file(archive, "bin/busybox", busybox, 0o755)
        for applet in sorted(set(applets) - {"bin/busybox"}):
            add_link(archive, applet, "/bin/busybox")
        for path, data in sorted(more.items()):
            add_file(archive, path, data, 0o755)
        for name, data in ETC.items():
            add_file(archive, f"etc/{name}", data, 0o600 if name == "shadow" else 0o644)
        for name, data in tools("tiny").items():
            add_file(archive, f"usr/bin/{name}", data, 0o755)
        add_file(archive, "sbin/dcsim-guest", guest_file("tiny", "init.sh"), 0o755)
    return buffer.getvalue()
