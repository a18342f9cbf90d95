# What an entry of pilots needs: how they read what they are told (docs/pilots.md), and where they work. Sourced.

say() { echo "pilot: $*" >&2; }
fail() {
    status=$1
    shift
    say "$*"
    exit "$status"
}

# A number from the environment, or a default. Nothing else gets into a configuration, least of all a line of its own.
number() {
    case $2 in
        '') echo "$3" ;;
        *[!0-9.]* | *.*.* | .*) fail 1 "$1 must be a number, not '$2'" ;;
        *) echo "$2" ;;
    esac
}

# The same without what is behind the point.
whole() {
    value=$(number "$@") || exit
    echo "${value%%.*}"
}

# A name for the pool's books, which the agent takes from the host as it is.
word() {
    printf %s "${1:-$2}" | tr -c 'A-Za-z0-9._:@-' _
}

# Where programs may be written and run; tmpfs is often mounted noexec.
find_work() {
    for place in ${PLANCTON_WORK_DIRECTORY:-/work /tmp}; do
        probe=$place/.probe.$$
        if printf '#!/bin/sh\n' 2>/dev/null >"$probe" && chmod 700 "$probe" && "$probe" 2>/dev/null; then
            rm -f "$probe"
            echo "$place"
            return
        fi
        rm -f "$probe" 2>/dev/null
    done
    fail 1 "nothing can be written and run in ${PLANCTON_WORK_DIRECTORY:-/work or /tmp}: it needs a tmpfs with the option exec"
}

# What the pilot may use: as it is told, else the container's limit, else half a GiB.
memory_bytes() {
    bytes=$(whole PLANCTON_MEMORY_BYTES "${PLANCTON_MEMORY_BYTES:-}" 0) || exit
    for file in /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes; do
        if [ "$bytes" = 0 ]; then
            read -r bytes 2>/dev/null <"$file" || bytes=0
            # No limit at all is a word, or a number of 19 digits.
            case $bytes in *[!0-9]* | ???????????????*) bytes=0 ;; esac
        fi
    done
    [ "$bytes" != 0 ] || bytes=536870912
    echo "$bytes"
}
