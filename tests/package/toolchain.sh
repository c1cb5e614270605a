#!/usr/bin/env bash
# The program and its tests with the compiler and the libraries of another Debian: all of it builds
# without a warning, and the unit tests pass.
# usage: toolchain.sh SUITE, such as trixie or sid; needs root and the network; exits with 77 where
# it cannot run
#
# Environment: MOBYNC_TOOLCHAIN_DIR, where the suites are kept. Each is unpacked once and upgraded
# in every run.
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"
. "$root/scripts/lib/packages.sh"
. "$root/scripts/lib/servers.sh"
. "$root/scripts/lib/build.sh"
. "$root/tests/package/machine.sh"
suite=$1
kept=$(kept_in toolchain "${MOBYNC_TOOLCHAIN_DIR:-}")/$suite
machine=$kept/root
# Of the unit tests, some are in Python.
packages=(python3)
for line in "${build_packages[@]}"; do
    packages+=("${line%% *}")
done

skip() {
    printf 'skipped: %s\n' "$*"
    exit 77
}

# quietly WHAT COMMAND…: what it prints is of interest if it fails, which ends the test
quietly() {
    local what=$1
    shift
    "$@" >"$work/out" 2>&1 && return 0
    tail -n 40 "$work/out"
    expect "$what" 'exit status 0' 'another'
    finish
}

# unpack FOLDER
unpack() {
    machine=$1/root machine_unpack "$suite" && chroot "$1/root" useradd --create-home builder
}

upgrade() {
    machine_as root "export DEBIAN_FRONTEND=noninteractive
        dpkg --configure -a # if the last run was killed
        apt-get -q -y full-upgrade
        apt-get -q -y install --no-install-recommends ${packages[*]}
        apt-get clean"
}

# What is under version control, with the changes that are not committed yet.
copy_sources() {
    local home=$machine/home/builder
    rm -rf "$home/checkout"
    mkdir "$home/checkout"
    git -c safe.directory='*' -C "$root" ls-files -z | tar -C "$root" --null -T - -c |
        tar -C "$home/checkout" --no-same-owner -x
    chroot "$machine" chown -R builder:builder /home/builder/checkout
}

warnings() {
    grep -i 'warning' "$1" | grep -vE '^\[[0-9]+/[0-9]+\] ' || true
}

# expect_clean PRESET
expect_clean() {
    local preset=$1 log=$work/$1.log code
    machine_as builder "cd checkout; cmake --preset $preset; cmake --build --preset $preset -- -k 0" \
        >"$log" 2>&1 && code=0 || code=$?
    expect "$preset: exit status" 0 "$code"
    ((code == 0)) || build_errors "$log"
    expect "$preset: warnings" '' "$(warnings "$log")"
}

((EUID == 0)) || skip 'root is needed'
command -v debootstrap >/dev/null || skip 'debootstrap is not installed'
curl -fsS -m 60 -o /dev/null "$machine_mirror/dists/$suite/Release" || skip "no $suite at the mirror, or no mirror"
mkdir -p "${kept%/*}"
exec 7>"$kept.lock"
flock 7 # a second run would build in the same folder

quietly 'unpack' made_once "$kept" unpack
# The mirror may be a snapshot of long ago; its signatures are checked all the same.
quietly 'the lists of packages' machine_as root 'apt-get -q -o Acquire::Check-Valid-Until=false update'
quietly 'the packages' upgrade
copy_sources
undo+=("rm -rf '$machine/home/builder/checkout'")
machine_as builder 'gcc --version | head -n 1; cmake --version | head -n 1
    for lib in cmocka json-c libcyaml libjwt libmariadb; do
        printf "%s %s\n" $lib "$(pkg-config --modversion $lib)"
    done'

expect_clean release
expect_clean dev
machine_as builder "cd checkout; ctest --test-dir build/dev -L '^unit\$' -j 2 --output-on-failure" \
    >"$work/unit.log" 2>&1 && code=0 || code=$?
expect 'unit tests: exit status' 0 "$code"
((code == 0)) || tail -n 60 "$work/unit.log"
expect_true "unit tests: $(grep 'tests passed' "$work/unit.log" || true)" \
    grep -q '^100% tests passed' "$work/unit.log"
finish
