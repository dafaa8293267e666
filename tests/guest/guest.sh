# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034,SC2317 # both guests use what is here
#
# Job: what the guests have in common: options, the job's folder, the time limit, the end.
# In: options, COMMAND, and of the guest that sources this: $memory, what it needs by default;
#     prepare(), called before anything is started, and boot(), which becomes the guest's process.
# Out: COMMAND's output, its exit status; 124 it took too long, 125 there was no guest or it died.
#
# The job's folder is seen in the guest, too, as all files are:
#   command  what to run there, with our environment and directory
#   modules  what to load before that
#   output   what COMMAND writes; a plain file, since a guest never has to wait for one
#   status   its exit status
#   console  the guest's own messages

seconds=300
modules=
verbose=
while getopts m:k:t:v option; do
    case $option in
    m) memory=$OPTARG ;;
    k) modules="$modules $OPTARG" ;;
    t) seconds=$OPTARG ;;
    v) verbose=1 ;;
    *) exit 125 ;;
    esac
done
shift $((OPTIND - 1))

fail() {
    echo "$0: $*" >&2
    exit 125
}

need() {
    command -v "$1" >/dev/null || fail "there is no $1 (Debian: apt-get install $2)"
}

# quote WORD: as a word of a shell command
quote() {
    word=$(printf '%s.' "$1" | sed "s/'/'\\\\''/g")
    printf " '%s'" "${word%.}"
}

write_command() {
    export -p
    echo 'unset TMPDIR'
    printf 'cd%s && exec' "$(quote "$PWD")"
    for word; do
        quote "$word"
    done
    echo
}

# The guest leads a process group, which ends with it: UML's threads outlive their main process.
end_guest() {
    [ -n "$pid" ] || return 0
    kill -TERM "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    kill -KILL -- "-$pid" 2>/dev/null
    pid=
}

clean_up() {
    end_guest
    [ -z "$show" ] || kill "$show" 2>/dev/null
    rm -rf "$job"
}

[ $# -gt 0 ] || fail "usage: $0 [-m MEGABYTES] [-k MODULE]... [-t SECONDS] [-v] -- COMMAND [ARGUMENT...]"
pid=
show=
job=$(mktemp -d) || exit 125
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
prepare
write_command "$@" >"$job/command"
echo "$modules" >"$job/modules"
touch "$job/output" "$job/status"

# timeout(1) makes itself the leader of a process group.
boot >"$job/console" 2>&1 </dev/null &
pid=$!
tail -n +1 -s 0.2 -f --pid="$pid" "$job/output" 2>/dev/null &
show=$!
wait "$pid"
ended=$?
end_guest
wait "$show"
show=
[ -z "$verbose" ] || cat "$job/console" >&2
status=$(cat "$job/status")
case $status in
*[!0-9]* | '') ;;
*) exit "$status" ;;
esac
if [ "$ended" = 124 ] || [ "$ended" = 137 ]; then
    echo "$0: not done after $seconds s" >&2
    exit 124
fi
echo "$0: the guest ended without an exit status (its own is $ended); its console:" >&2
tail -n 30 "$job/console" >&2
exit 125
