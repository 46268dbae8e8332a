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
# Scripts for cloud images read their metadata with curl: busybox's wget stands in, for an address and data to post.
if ! command -v curl >/dev/null; then
    cat >/usr/bin/curl <<'CURL'
#!/bin/sh
while [ $# -gt 1 ]; do
    case $1 in
    -d | --data) data=$2 && shift 2 ;;
    -X | --request | -H | --header | -m | --max-time) shift 2 ;;
    *) shift ;;
    esac
done
[ -z "$data" ] || exec wget -qO- --post-data "$data" "$1"
exec wget -qO- "$1"
CURL
    chmod 755 /usr/bin/curl
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
