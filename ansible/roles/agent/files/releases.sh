#!/bin/sh
# Tell, as one line of JSON, how a host stands to the release in the directory "$1".
set -eu
home=$1
top=${home%/*}

says() {
    if "$@"; then echo true; else echo false; fi
}

# Known by its interpreter, which is the release's own, whatever the link to it has become.
runs() {
    cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' ' ' | grep -q "$home/bin/python[0-9.]* $top/current/bin/plancton run "
}

current=$(readlink "$top/current" || true)
earlier= others=
for folder in "$top"/[0-9]*; do
    [ -d "$folder" ] && [ "$folder" != "$home" ] || continue
    others="$others${others:+, }\"$folder\""
    # The one that is in use, or was, when a run that was to replace it was cut short.
    if [ "$folder" = "$current" ] || [ -e "$folder/kept.tar" ]; then earlier=$folder; fi
done
printf '{"complete": %s, "current": %s, "running": %s, "earlier": "%s", "others": [%s]}\n' \
    "$(says test -e "$home/.complete")" "$(says test "$current" = "$home")" "$(says runs)" "$earlier" "$others"
