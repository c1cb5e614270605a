#!/usr/bin/env bash
# The database's disk is full, under load: nothing can be written until there is room again.
#
# The disk is a small one, of memory. Whoever may not mount it tries that in a namespace of his own.
if ((EUID != 0)) && [[ -z ${FAULTS_NAMESPACE:-} ]] && unshare -rm true 2>/dev/null; then
    FAULTS_NAMESPACE=own exec unshare -rm "$0"
fi
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_faults_stack full
room_mib=48

# MariaDB's folder, on the small disk under its own name, and back.
move_to_small_disk() {
    mysql_stop
    mv "$dir/mysql" "$dir/mysql.large"
    mkdir "$dir/mysql"
    mount -t tmpfs -o "size=$(($(du --apparent-size -sm "$dir/mysql.large" | cut -f1) + room_mib))m,mode=755" \
        none "$dir/mysql" 2>"$work/mount" || return 1
    undo+=(move_back)
    chown --reference="$dir/mysql.large" "$dir/mysql"
    # With what is not written yet of its files: the log must not be what finds no room.
    cp -a --sparse=never "$dir/mysql.large/." "$dir/mysql"
    mysql_start
}

move_back() {
    mysql_stop
    cd / # mysql_start went there
    rm -f "$dir/mysql/filler"
    cp -a "$dir/mysql/." "$dir/mysql.large"
    umount "$dir/mysql"
    rmdir "$dir/mysql"
    mv "$dir/mysql.large" "$dir/mysql"
}

if ! move_to_small_disk; then
    rmdir "$dir/mysql"
    mv "$dir/mysql.large" "$dir/mysql"
    printf 'skipped: no disk can be mounted here: %s\n' "$(<"$work/mount")"
    exit 77
fi
phones_begin 200,503 --owners 8
workers=$(worker_pids)
dd if=/dev/zero of="$dir/mysql/filler" bs=64k 2>"$work/dd" || true
printf 'full: %s\n' "$(df --output=avail -k "$dir/mysql" | tail -n 1) KiB are left"
expect_true 'pushes are told to come again' wait_until 60 phones_were_refused 51
sleep 1 # full for some time, in which InnoDB may give up
rm "$dir/mysql/filler"
# InnoDB gives up ("Out of disk space in rollback") when it finds no room to undo: its supervisor
# restarts it, also if it was just about to give up when there was room again.
looked_after() {
    mysql_pid >/dev/null || { printf 'MariaDB had given up\n'; (mysql_start); }
    phones_have "$goal"
}
goal=$(($(phones_acknowledged) + 100))
expect_true '100 more pushes are acknowledged' wait_until 60 looked_after
phones_end 'disk full'
expect 'the workers stay' "$workers" "$(worker_pids)"
log_since | sed -n 's/.*code=SERVER_BUSY.*detail="\([^:]*\)[:"].*/\1/p' | sort | uniq -c
finish
