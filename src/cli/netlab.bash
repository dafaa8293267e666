# SPDX-License-Identifier: MIT
# Completion of netlab's command line for bash; goes to share/bash-completion/completions/netlab.

_netlab_labs()
{
    local lab
    for lab in /run/netlab/*/; do
        [ -d "$lab" ] && lab=${lab%/} && echo "${lab##*/}"
    done
}

_netlab_namespaces()
{
    local ns
    for ns in /run/netlab/*/ns/*; do
        [ -e "$ns" ] && echo "${ns##*/}"
    done
    echo host
}

_netlab_options()
{
    case $1 in
    up) echo "--dry-run --quiet --verbose --json --rootless --adopt --attach --wait --lock-timeout --help" ;;
    down) echo "--all --quiet --verbose --json --lock-timeout --help" ;;
    plan) echo "--format --json --help" ;;
    validate) echo "--quiet --json --help" ;;
    diff | status | ls) echo "--json --help" ;;
    test) echo "--live --format --json --quiet --wait --help" ;;
    logs) echo "--follow --help" ;;
    run) echo "--quiet --verbose --wait --keep-on-failure --help" ;;
    dump | exec | shell) echo "--help" ;;
    esac
}

# Whether a `--` stands before the word.
_netlab_is_command()
{
    local i
    for ((i = 2; i < COMP_CWORD; i++)); do
        [[ ${COMP_WORDS[i]} == -- ]] && return
    done
    return 1
}

_netlab()
{
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} verb=${COMP_WORDS[1]}
    local IFS=$' \t\n' verbs="up down plan diff dump validate status ls test run exec shell logs help"

    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        COMPREPLY=($(compgen -W "$verbs --help --version" -- "$word"))
    elif [[ $verb == help ]]; then
        COMPREPLY=($(compgen -W "$verbs" -- "$word"))
    elif [[ $verb == plan && $before == --format ]]; then
        COMPREPLY=($(compgen -W "text json ip" -- "$word"))
    elif [[ $verb == test && $before == --format ]]; then
        COMPREPLY=($(compgen -W "tap junit json" -- "$word"))
    elif [[ $verb == run ]] && _netlab_is_command; then
        if [[ $before == -- ]]; then
            COMPREPLY=($(compgen -c -- "$word"))
        else
            COMPREPLY=($(compgen -f -- "$word"))
        fi
    elif [[ $before == --lock-timeout && $verb != exec ]]; then
        : # a number
    elif [[ $verb == exec ]] && ((COMP_CWORD == 3)); then
        COMPREPLY=($(compgen -c -- "$word"))
    elif [[ $verb == exec ]] && ((COMP_CWORD > 3)); then
        COMPREPLY=($(compgen -f -- "$word"))
    elif [[ $word == -* ]]; then
        COMPREPLY=($(compgen -W "$(_netlab_options "$verb")" -- "$word"))
    else
        case $verb in
        exec | shell | logs) COMPREPLY=($(compgen -W "$(_netlab_namespaces)" -- "$word")) ;;
        dump) COMPREPLY=($(compgen -W "$(_netlab_labs) $(_netlab_namespaces)" -- "$word")) ;;
        diff | down | status | ls | test) COMPREPLY=($(compgen -W "$(_netlab_labs)" -- "$word")) ;;
        esac
        case $verb in
        up | down | plan | diff | dump | validate | status | ls | test | run)
            COMPREPLY+=($(compgen -f -X '!*.y*ml' -- "$word") $(compgen -d -S / -- "$word"))
            ;;
        esac
    fi
}

complete -o filenames -F _netlab netlab
