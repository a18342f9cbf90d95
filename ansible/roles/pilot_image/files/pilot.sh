#!/bin/sh
# The work of the embedded pilot: keep one CPU busy for PILOT_SECONDS, then end well.
# Plain shell arithmetic: no child process, so that a signal is obeyed between two additions.
trap 'exit 143' TERM INT

read -r up _ </proc/uptime
end=$((${up%.*} + ${PILOT_SECONDS:-600}))
while [ "${up%.*}" -lt "$end" ]; do
    i=0
    while [ "$i" -lt 20000 ]; do i=$((i + 1)); done
    read -r up _ </proc/uptime
done
