#!/bin/sh
# First program of a tiny guest: says on the console that it booted, then waits and ends at once when asked to.
trap 'echo "dc-sim guest: shutting down"; exit 0' TERM INT
echo "dc-sim tiny guest, $(busybox | head -n 1)"
echo "$(hostname) booted: $(ip -o -4 address show scope global | while read -r _ card _ address _; do printf '%s=%s ' "$card" "$address"; done)"
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
if [ -x /usr/sbin/dropbear ]; then
    mkdir -p /etc/dropbear
    dropbear -R 2>/dev/null
fi
echo "$(hostname) login:"
while :; do
    sleep 86400 &
    wait $!
done
