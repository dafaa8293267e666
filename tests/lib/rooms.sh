#!/bin/sh
# SPDX-License-Identifier: MIT
# Job: what the rooms of src/ include of each other and of libraries, against the table in
# docs/architecture.md, whose order is from the top to the bottom, and against what their headers say
# that they depend on. Prints what is not so.
cd "${SOURCE:?}/src" || exit

# used_by DIRECTORY: rooms and libraries, a word each.
used_by() {
    cat "$1"/*.c "$1"/*.h 2>/dev/null | sed -n '
        s,^ *# *include "generated/.*,,
        s,^ *# *include "\([a-z]*\)/.*,\1,p
        s,^ *# *include <netlink/route/.*,libnl-route,p
        s,^ *# *include <netlink/.*,libnl,p
        s,^ *# *include <yaml\.h>,libyaml,p' | sort -u | grep -vx "$(basename "$1")"
}

# words TEXT: of a list, what is said of them left out.
words() {
    echo "$1" | sed 's/([^)]*)//g; s/,/ /g'
}

# is_among WORD WORD...
is_among() {
    one=$1
    shift
    case " $* " in *" $one "*) true ;; *) false ;; esac
}

rooms=
# shellcheck disable=SC2016 # those are Markdown's
table=$(sed -n 's,^| `src/\([a-z]*\)/` |[^|]*| \([^|]*\) |$,\1 \2,p' ../docs/architecture.md | grep -v '^c')
while read -r room may; do
    if [ "$may" = "all of the above" ]; then may=$rooms; else may=$(words "$may"); fi
    used=$(used_by "$room")
    header=
    [ ! -f "$room/$room.h" ] ||
        header=$(words "$(sed -n '/Depends on:/,/\./p' "$room/$room.h" | tr '\n' ' ' |
            sed 's/ \* / /g; s/.*Depends on: *//; s/\..*//')")
    for one in $used; do
        # shellcheck disable=SC2086 # lists of words
        {
            is_among "$one" $rooms || [ ! -d "$one" ] || echo "$room uses $one, which stands below it"
            is_among "$one" base model $may || echo "$room uses $one, and the table does not say so"
            [ -z "$header" ] || [ ! -d "$one" ] || is_among "$one" $header ||
                echo "$room/$room.h does not say that it depends on $one"
        }
    done
    for one in $may; do
        # shellcheck disable=SC2086 # lists of words
        is_among "$one" libc $used || [ "$may" = "$rooms" ] || echo "$room does not use $one"
    done
    rooms="$rooms $room"
done <<END
$table
END

for one in $(used_by .); do
    # shellcheck disable=SC2086 # a list of words
    is_among "$one" $rooms || echo "src/*.c use $one"
done
for one in */; do
    # shellcheck disable=SC2086 # a list of words
    is_among "${one%/}" cli cmake $rooms || echo "$one is not in the table"
done
