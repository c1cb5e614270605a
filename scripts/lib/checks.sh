# shellcheck shell=bash disable=SC2154 # scripts/test sets check_jobs
# The checks of scripts/test that read the sources without running them. All run in $root.

# Another release of clang-format breaks lines in other places.
format_version=14

# version_of PROGRAM: the first number with a dot that it prints
version_of() {
    "$1" --version 2>&1 | grep -m 1 -oE '[0-9]+\.[0-9.]+'
}

format_has_version() {
    [[ $(version_of clang-format) == "$format_version".* ]]
}

check_format() {
    find src include tests bench -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run -Werror
}

# check_tidy [OPTION OF CLANG-TIDY…]: all of src
check_tidy() {
    local log=build/tidy.log
    if ! find src -name '*.c' -print0 |
        xargs -0 -n 1 -P "$check_jobs" clang-tidy -p build/dev --quiet "$@" >"$log" 2>/dev/null; then
        grep -E 'warning|error' "$log" | head -n 40 >&2
        return 1
    fi
}

# Every shell script under version control: by its extension, its folder or its first line.
shell_scripts() {
    git ls-files -- '*.sh' conf/bash-completion
    git grep -lIE '^#!.*[/ ](ba|da)?sh( |$)' -- ':!*.sh' ':!*.md'
}

check_shell() {
    shell_scripts | sort -u | xargs -n 8 -P "$check_jobs" shellcheck
}

# Mistakes that tests make on purpose, and names of troff and of tests.
not_misspelt=bu,chek,ist,lsit,nam,nd,nulll,strng,toi

check_spelling() {
    git ls-files -z -- '*.md' '*.[ch]' '*.sh' '*.awk' '*.cmake' '*.conf' '*.yaml' docs/man scripts \
        packaging ':!packaging/debian/copyright' |
        xargs -0 codespell --ignore-words-list "$not_misspelt"
}

# Nothing that a program made is under version control, but for the inputs of the fuzz targets.
check_tracked() {
    local binary
    binary=$(git ls-files --eol -- ':!tests/fuzz/corpus' | sed -n 's/^i\/-text[^\t]*\t//p')
    [[ -z $binary ]] || { printf 'not text:\n%s\n' "$binary" >&2; return 1; }
}
