#!/usr/bin/env bash
# The manual and the completion know what the program can do: every command and option of --help.
# usage: manual.sh SOURCE_DIR MOBYNC MANUALS (the folder of the built pages)
set -euo pipefail

source_dir=$1
binary=$2
manual=$3/mobync.8
config_manual=$3/mobync.yaml.5
date=$(date --utc --date "$(sed -n 's/^ -- .*>  //p' "$source_dir/packaging/debian/changelog" | head -n 1)" +%Y-%m-%d)
faults=0

fault() {
    printf '%s\n' "$*"
    faults=$((faults + 1))
}

mobync() {
    "$binary" "$@"
}

# complete_words WORD…: what is offered for the last one
complete_words() {
    COMP_WORDS=(mobync "$@")
    COMP_CWORD=$#
    _mobync
    printf '%s\n' "${COMPREPLY[@]}" | sed '/^$/d' | sort
}

# check_command WORD…: of the command of these words, and of those below it
check_command() {
    local help commands options word
    help=$(mobync "$@" --help)
    commands=$(_mobync_commands "$help")
    options=$(_mobync_options "$help")
    [[ $# == 0 || -n $commands ]] || check_words "$help" "$options" "$@"
    [[ $(complete_words "$@" '') == "$(sort <<<"$commands" | sed '/^$/d')" ]] ||
        fault "completion of 'mobync $*' offers other commands than --help"
    for word in $commands; do
        check_command "$@" "$word"
    done
}

# Of a command that does something: its heading in the manual has its words and options.
check_words() {
    local help=$1 options=$2 heading option
    shift 2
    heading=$(sed -n '/^\.SS$/ { n; s/\\-/-/g; p }' "$manual" | grep -E "^mobync $*( |\$)" || true)
    [[ -n $heading ]] || { fault "the manual has no heading 'mobync $*'"; return; }
    for option in $options; do
        [[ $option =~ ^(-c|--config|-h|--help)$ || $heading == *"$option"* ]] ||
            fault "the manual does not say 'mobync $* $option'"
    done
    [[ $(complete_words "$@" -) == "$(sort <<<"$options")" ]] ||
        fault "completion of 'mobync $* -' offers other options than --help"
}

. "$source_dir/conf/bash-completion/mobync"
check_command
[[ $(complete_words check -c /etc/pass) == /etc/passwd* ]] || fault "completion of -c offers no files"
[[ -z $(complete_words token create --owner '') ]] || fault "completion offers words for an owner"
keys=$(sed -n 's/^| `\([a-z_.]*\(\[\]\.[a-z_.]*\)*\)` |.*/\1/p' "$source_dir/docs/config.md")
[[ -n $keys ]] || fault "docs/config.md has no keys"
for key in $keys; do
    grep -qxF -- "\\fB$key\\fR" "$config_manual" || fault "the manual of the config lacks $key"
done
for page in "$manual" "$config_manual"; do
    grep -q "^\.TH .* \"$date\"" "$page" || fault "$page is not of $date"
    command -v man >/dev/null || continue
    warnings=$(man --warnings -l "$page" 2>&1 >/dev/null)
    [[ -z $warnings ]] || fault "$page: $warnings"
    # The last line, as a reader sees it: version, date, name.
    MANWIDTH=80 man -l "$page" | tail -n 1 | grep -qF " $date " || fault "$page does not show $date"
done
[[ $faults == 0 ]]
