# shellcheck shell=bash
# What the scripts share.  Source it after `set -euo pipefail`; it moves to the top of the checkout.

top=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
cd "$top" || exit 70

# Number of things to do at once.
jobs=${DEWAR_JOBS:-$(nproc)}

# say TEXT…: one line about what happens, on standard error, so that standard output stays for results.
say()
{
    printf '%s\n' "$*" >&2
}

# die STATUS TEXT…
die()
{
    local status=$1
    shift
    say "${0##*/}: $*"
    exit "$status"
}

# usage: prints the comment at the top of the running script, which is its help.
usage()
{
    awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$top/script/${0##*/}"
}

# build PRESET [CMAKE-OPTION…]: configures when needed and builds; silent unless it fails.
build()
{
    local preset=$1 dir="build/$1" log
    shift
    mkdir -p "$dir"
    log="$dir/build.log"
    if [ ! -f "$dir/build.ninja" ] || [ "$#" -gt 0 ]; then
        cmake --preset "$preset" "$@" > "$log" 2>&1 || {
            cat "$log" >&2
            die 1 "cannot configure build/$preset"
        }
    fi
    if ! cmake --build "$dir" --parallel "$jobs" > "$log" 2>&1; then
        cat "$log" >&2
        die 1 "cannot build build/$preset"
    fi
}
