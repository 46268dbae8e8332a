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
# A server of OpenStack: its configuration (/config, as on a config drive), the keys that may log in, and its user data, run once.
if [ -f /config.tar ]; then
    tar -x -f /config.tar -C /
    chmod 700 /root/.ssh 2>/dev/null || true
    password=/config/admin_pass
    if [ -f "$password" ] && ! cmp -s "$password" /root/.admin_pass; then  # a new one: later the guest's own changes count
        printf 'root:%s\n' "$(cat "$password")" | chpasswd
        cp "$password" /root/.admin_pass && chmod 600 /root/.admin_pass
    fi
    user_data=/config/openstack/latest/user_data
    marker=/var/log/user-data-$(cat /config/instance-id)
    if [ -f "$user_data" ] && [ ! -f "$marker" ] && [ "$(head -c 2 "$user_data")" = "#!" ]; then
        touch "$marker"
        cp "$user_data" /tmp/user-data && chmod 700 /tmp/user-data
        /tmp/user-data &
    fi
fi
mkdir -p /run/sshd
echo "$(hostname) login:"
exec /usr/sbin/sshd -D -e ${password:+-o PermitRootLogin=yes}
