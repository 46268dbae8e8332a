#!/bin/sh
# First program of a Debian guest: host keys of its own, the keys that may log in, then sshd in the foreground.
set -e
echo "$(. /etc/os-release && echo "$PRETTY_NAME") $(hostname) console"
ssh-keygen -A >/dev/null
if [ -n "$DCSIM_AUTHORIZED_KEYS" ]; then
    mkdir -p -m 700 /root/.ssh
    printf '%s\n' "$DCSIM_AUTHORIZED_KEYS" >/root/.ssh/authorized_keys
    chmod 600 /root/.ssh/authorized_keys
fi
mkdir -p /run/sshd
echo "$(hostname) login:"
exec /usr/sbin/sshd -D -e
