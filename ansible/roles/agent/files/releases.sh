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
    for file in $(grep -l "$home/bin/python" /proc/[0-9]*/cmdline 2>/dev/null); do
        process=${file%/cmdline}
        if tr '\0' ' ' 2>/dev/null <"$file" | grep -q "$home/bin/python[0-9.]* $top/current/bin/plancton run " &&
            is_in_the_groups_of_its_user "$process"; then
            return 0
        fi
    done
    return 1
}

# A process has them from its start on: one that its user was put into later it is not in.
is_in_the_groups_of_its_user() {
    has=" $(sed -n 's/^G[a-z]*:[[:space:]]*//p' "$1/status" | tr '\t\n' '  ') "
    for group in $(id -G "$(stat -c %U "$1")"); do
        case $has in *" $group "*) ;; *) return 1 ;; esac
    done
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
