#!/bin/sh
# Run in the finished tree with the names of programs: writes which files a pilot needs, and which packages they are from.
# Programs, the libraries that ldd names, and every symbolic link on the way to one.
set -eu

# What a job's script may expect to find, beside coreutils.
for_jobs="bash sh awk mawk sed grep find xargs tar gzip gunzip hostname env"

names() {
    for name in "$@" $for_jobs; do command -v "$name"; done
    dpkg --listfiles coreutils | grep -E '/s?bin/.'
}

# A path and every step from it to the file that it leads to, below their real directories.
steps() {
    step=$(realpath "$(dirname "$1")")/$(basename "$1")
    echo "$step"
    [ -L "$step" ] || return 0
    next=$(readlink "$step")
    case $next in
        /*) steps "$next" ;;
        *) steps "$(dirname "$step")/$next" ;;
    esac
}

places() {
    while read -r path; do
        [ ! -f "$path" ] || steps "$path"
    done
}

libraries() {
    xargs ldd 2>/dev/null | awk '$2 == "=>" { print $3 } $1 ~ /^\// && !/:$/ { print $1 }' | sort -u
}

# By way of a file: the shell would not notice a failure within a pipe.
names "$@" >/var/tmp/names
places </var/tmp/names | sort -u >/var/tmp/programs
{ cat /var/tmp/programs; libraries </var/tmp/programs | places; } | sort -u >/plancton-slim
dpkg-query --search $(sed 's,^/usr/,*/,' /plancton-slim) 2>/dev/null | sed 's/: .*//; s/, /\n/g' | sort -u |
    xargs dpkg-query --show --showformat '${Package}=${Version}\n' | sort -u >/plancton-slim-packages
dpkg-query --show --showformat '${Package}=${Version}\n' | sort -u >/plancton-packages
rm /var/tmp/names /var/tmp/programs
