#!/bin/sh
# Have the service "$1" take in its files: "$2" is a verb of systemctl, here restart, reload-or-restart or try-restart. Then
# leave the mark "$3", as old as the beginning of this: a file that is younger was not taken in.
set -eu
name=$1 verb=$2 mark=$3
script=/etc/init.d/$name

touch "$mark.new"
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    systemctl "$verb" "$name"
else
    case $verb in
        restart) "$script" restart ;;
        reload-or-restart) "$script" reload || "$script" restart ;;
        try-restart) ! "$script" status >/dev/null 2>&1 || "$script" restart ;;
    esac
fi
mv "$mark.new" "$mark"
