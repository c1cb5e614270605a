# shellcheck shell=bash disable=SC2154,SC2164 # lib.sh sets work, and -e
# A machine for the package tests: a clean Debian in a folder, $machine. For the package itself with
# a systemd of its own that runs in namespaces, so that units, restarts and dpkg's scripts are the
# real ones. The network is that of the host. Needs root. Sourced after tests/e2e/lib.sh.

machine_mirror=${MOBYNC_MIRROR:-http://deb.debian.org/debian}
machine_launcher=

host_suite() {
    (. /etc/os-release && printf '%s' "$VERSION_CODENAME")
}

# machine_unpack SUITE PACKAGE…: a minimal Debian. What debootstrap mounts there ends with it.
machine_unpack() {
    local suite=$1 packages
    shift
    packages=$(printf ',%s' ca-certificates "$@")
    unshare --mount debootstrap --variant=minbase --include="${packages#,}" "$suite" "$machine" \
        "$machine_mirror"
}

# machine_as USER COMMANDS: in the home of USER, with the PATH that Debian gives it; without the
# systemd. All that they start ends with them.
machine_as() {
    machine=$machine user=$1 commands=$2 unshare --mount --pid --fork --kill-child bash -euc '
        mount --make-rprivate /
        mount -t proc proc "$machine/proc"
        mount --rbind /dev "$machine/dev"
        mount -t tmpfs -o mode=1777 tmpfs "$machine/tmp"
        path=/usr/local/bin:/usr/bin:/bin
        [[ $user != root ]] || path=/usr/sbin:$path:/sbin
        exec chroot --userspec="$user:$user" "$machine" env -i USER="$user" PATH="$path" \
            bash -euc "export HOME=~$user; cd; $commands"'
}

# What keeps this host from having such a machine, a line each.
machine_hindrances() {
    local command
    ((EUID == 0)) || printf 'root is needed\n'
    for command in debootstrap lintian unshare nsenter cpack dpkg-shlibdeps; do
        command -v "$command" >/dev/null || printf '%s is not installed\n' "$command"
    done
    [[ -n $(machine_cgroups) ]] || printf 'there is no cgroup2\n'
}

# Where the host has its cgroup2.
machine_cgroups() {
    awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts
}

# machine_make PACKAGE…: the suite of the host, for whose libraries the package is built. Its
# services are installed here and started by the machine's own systemd.
machine_make() {
    local policy=$machine/usr/sbin/policy-rc.d
    machine_unpack "$(host_suite)" systemd dbus || return 1
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    undo+=("umount -q '$machine/proc' || true") # before the folder is removed
    mount -t proc proc "$machine/proc"
    chroot "$machine" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends "$@" || return 1
    umount "$machine/proc"
    rm "$policy"
}

# The first process of the namespaces: lays out what a system expects, then becomes systemd. What
# belongs to the host is read-only.
machine_init() {
    local device
    mount --make-rprivate /
    mount --bind "$machine" "$machine"
    cd "$machine"
    mount -t proc proc proc
    mount --bind proc/sys proc/sys
    mount -o remount,bind,ro proc/sys
    mount -t sysfs -o ro sysfs sys
    mount -t cgroup2 cgroup2 sys/fs/cgroup
    mount -t tmpfs -o mode=755 tmpfs run
    mount -t tmpfs tmpfs tmp
    mount -t tmpfs -o mode=755 tmpfs dev
    for device in null zero full random urandom tty; do
        : >"dev/$device"
        mount --bind "/dev/$device" "dev/$device"
    done
    ln -s /proc/self/fd dev/fd
    mkdir dev/shm dev/pts
    mount -t tmpfs tmpfs dev/shm
    mount -t devpts -o newinstance,ptmxmode=0666,gid=5 devpts dev/pts
    ln -s pts/ptmx dev/ptmx
    mkdir -p .host
    pivot_root . .host
    umount -l /.host
    exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd \
        --log-target=journal --show-status=no --unit=multi-user.target
}

machine_pid() {
    { tr -d ' ' <"/proc/$machine_launcher/task/$machine_launcher/children"; } 2>/dev/null
}

# Its own cgroup is the root of the machine's: nothing else of the host's is seen or left behind.
machine_boot() {
    machine_cgroup=$(machine_cgroups)/mobync-package-$$
    mkdir "$machine_cgroup"
    (
        echo "$BASHPID" >"$machine_cgroup/cgroup.procs"
        export machine
        export -f machine_init
        exec unshare --mount --pid --cgroup --ipc --uts --fork --kill-child \
            bash -euc machine_init </dev/null
    ) >"$work/machine.log" 2>&1 &
    machine_launcher=$!
    wait_until 60 machine_is_up || { cat "$work/machine.log"; return 1; }
}

# "degraded": a unit that has nothing to do in such a machine may have failed.
machine_is_up() {
    [[ $(on_machine systemctl is-system-running 2>/dev/null) =~ ^(running|degraded)$ ]]
}

# on_machine COMMAND…
on_machine() {
    local pid
    pid=$(machine_pid)
    [[ -n $pid ]] || return 1
    nsenter --target "$pid" --mount --pid --cgroup --ipc --uts --root --wd \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive "$@"
}

machine_off() {
    [[ -n $machine_launcher ]] || return 0
    on_machine systemctl --force poweroff >/dev/null 2>&1 || true
    process_wait "$machine_launcher" 30 || kill -s KILL "$machine_launcher" 2>/dev/null || true
    wait "$machine_launcher" 2>/dev/null || true
    machine_launcher=
    find "$machine_cgroup" -depth -type d -exec rmdir {} + 2>/dev/null || true
}
