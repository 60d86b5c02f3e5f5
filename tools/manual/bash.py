"""Completion for bash: one function that walks through the words, and a table of what may stand where."""

from __future__ import annotations

from tools.manual.tree import Command, Value

_HEAD = r"""# Completion of rejectwatch for bash. Written by `make manual` from the definitions of the commands.
# It starts nothing and reads nothing: all that it knows stands below.

_rejectwatch() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
    local path='' commands='' options='' values='' argument='' several='' word number=0 i
    _rejectwatch_at "$path"
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == -* ]]; then
            if [[ " $values " == *" $word="* ]]; then
                [[ ${COMP_WORDS[i+1]} == '=' ]] && ((i++))
                ((i++))
            fi
        elif [[ " $commands " == *" $word "* ]]; then
            path="$path $word"
            _rejectwatch_at "$path"
        else
            ((number++))
        fi
    done
    COMPREPLY=()
    # The shell takes --format=json for three words.
    if [[ $cur == '=' ]]; then cur=''; elif [[ $prev == '=' ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi
    if [[ $prev == -* && " $values " == *" $prev="* ]]; then
        word=" $values "
        word=${word#*" $prev="}
        _rejectwatch_value "${word%% *}"
    elif [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$cur"))
    elif [[ -n $commands ]]; then
        COMPREPLY=($(compgen -W "$commands" -- "$cur"))
    elif [[ -n $argument ]] && ((number == 0 || several)); then
        _rejectwatch_value "$argument"
    elif [[ -z $argument && -z $cur ]]; then
        COMPREPLY=($(compgen -W "$options"))
    fi
}

_rejectwatch_value() {
    case $1 in
    @text) ;;
    @file)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        ;;
    @folder)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -d -- "$cur")
        ;;
    *) COMPREPLY=($(compgen -W "${1//,/ }" -- "$cur")) ;;
    esac
}

_rejectwatch_at() {
    case $1 in
"""

_TAIL = """    esac
}

complete -F _rejectwatch rejectwatch
"""


def script(top: Command) -> str:
    return _HEAD + "".join(map(_case, top.all())) + _TAIL


def _case(command: Command) -> str:
    path = "".join(f" {word}" for word in command.words)
    names = [name for option in command.options for name in option.names]
    values = [f"{name}={_kind(one.value)}" for one in command.options if one.value for name in one.names]
    argument = command.argument
    return (
        f"    '{path}')\n"
        f"        commands='{' '.join(one.words[-1] for one in command.commands)}'\n"
        f"        options='{' '.join(names)}'\n"
        f"        values='{' '.join(values)}'\n"
        f"        argument='{_kind(argument) if argument else ''}' several={int(bool(argument and argument.several))}\n"
        "        ;;\n"
    )


def _kind(value: Value) -> str:
    return ",".join(value.words) if value.words else f"@{value.kind}"
