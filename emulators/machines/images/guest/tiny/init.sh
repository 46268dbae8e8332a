#!/bin/sh
# First program of a tiny guest: says on the console that it booted, then waits and ends at once when asked to.
trap 'echo "dc-sim guest: shutting down"; exit 0' TERM INT
echo "dc-sim tiny guest, $(busybox | head -n 1)"
echo "$(hostname) booted: $(ip -o -4 address show scope global | while read -r _ card _ address _; do printf '%s=%s ' "$card" "$address"; done)"
echo "$(hostname) login:"
while :; do
    sleep 86400 &
    wait $!
done
