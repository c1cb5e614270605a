#!/usr/bin/env bash
# The quick start of README.md on a machine that was never built on: a user with sudo runs
# scripts/up, one without is told what root has to run.
# usage: newcomer.sh; needs root and the network; exits with 77 where it cannot run
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"
. "$root/tests/package/machine.sh"
machine=$work/machine
port=$(free_port)

if ((EUID != 0)) || ! command -v debootstrap >/dev/null; then
    printf 'skipped: root and debootstrap are needed\n'
    exit 77
fi

# The suite of the host, with what a checkout takes; the package test has the one with services.
make_machine() {
    local user
    machine_unpack "$(host_suite)" git sudo
    for user in able plain; do
        chroot "$machine" useradd --create-home --shell /bin/bash "$user"
    done
    printf 'able ALL=(ALL) NOPASSWD: ALL\n' >"$machine/etc/sudoers.d/able"
    git -C "$root" bundle create "$machine/opt/checkout.bundle" HEAD
    chmod 644 "$machine/opt/checkout.bundle"
}

# as USER COMMANDS
as() {
    machine_as "$@" >"$work/out" 2>&1 && code=0 || code=$?
    out=$(<"$work/out")
}

make_machine >"$work/make.log" 2>&1 || { cat "$work/make.log"; exit 1; }
clone='git clone -q /opt/checkout.bundle checkout && cd checkout'

as plain "$clone && scripts/up --port $port"
expect 'without sudo: refused' 1 "$code"
line=$(grep -o 'apt-get update && .*' <<<"$out" || true)
expect_true 'without sudo: says what root has to run' test -n "$line"

as able "$clone && scripts/up --port $port
    scripts/up | grep ^curl >lines
    . ./lines
    curl -fsS -o /dev/null -w 'page %{http_code}\n' http://127.0.0.1:$port/
    scripts/test --help >/dev/null
    scripts/down"
expect 'with sudo: exit status' 0 "$code"
expect 'with sudo: the curl lines' 2 "$(grep -c '"success": true' <<<"$out")"
expect_true 'with sudo: the page' grep -q '^page 200' <<<"$out"
((code == 0)) || cat "$work/out"

as root "DEBIAN_FRONTEND=noninteractive; export DEBIAN_FRONTEND; $line -q -y"
expect 'what root has to run: exit status' 0 "$code"
((code == 0)) || cat "$work/out"
as plain "cd checkout && scripts/up --port $port && scripts/down"
expect 'without sudo, after root: exit status' 0 "$code"
((code == 0)) || cat "$work/out"
finish
