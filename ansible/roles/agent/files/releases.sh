#!/bin/sh
# Tell, as one line of JSON, how a host stands to the release in the directory "$1". "$2" is the socket that an agent
# makes as it starts; all that follow are files that it reads at its start.
set -eu
home=$1 socket=$2
shift 2
top=${home%/*}

says() {
    if "$@"; then echo true; else echo false; fi
}

# Known by its interpreter, which is the release's own, whatever the link to it has become.
runs() {
    cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' ' ' | grep -q "$home/bin/python[0-9.]* $top/current/bin/plancton run "
}

# A file that is younger than its socket it has not read: a run that was cut short has written it.
is_up_to_date() {
    runs && [ -e "$socket" ] || return 1
    for file in "$@"; do
        [ ! "$file" -nt "$socket" ] || return 1
    done
}

current=$(readlink "$top/current" || true)
earlier= kept= others=
for folder in "$top"/[0-9]*; do
    [ -d "$folder" ] && [ "$folder" != "$home" ] || continue
    others="$others${others:+, }\"$folder\""
    # The one that was in use when a run that was to replace it was cut short; else the one that is.
    if [ -e "$folder/kept.tar" ]; then kept=$folder; elif [ "$folder" = "$current" ]; then earlier=$folder; fi
done
place=$top
until [ -e "$place" ]; do place=$(dirname "$place"); done
free_kib=$(df -P -k "$place" | tail -n 1 | tr -s ' ' | cut -d ' ' -f 4)
printf '{"complete": %s, "current": %s, "running": %s, "earlier": "%s", "others": [%s], "free_megabytes": %s}\n' \
    "$(says test -e "$home/.complete")" "$(says test "$current" = "$home")" "$(says is_up_to_date "$@")" \
    "${kept:-$earlier}" "$others" $((free_kib / 1024))
