# shellcheck shell=bash
# As root: who runs the parts of the stack in $dir.
#
# A folder that is there already has an owner, and the parts run as that owner. A new one is made
# for the owner of the folder above it, or for www-data where that is root. Root does it only if
# root owns the folder, or that user cannot reach what it needs.

folder_above() {
    local above=$dir
    while [[ ! -d $above ]]; do
        above=$(dirname "$above")
    done
    printf '%s\n' "$above"
}

# "UID GID" of the user whom the folder is, or would be, for.
wanted_user() {
    local above uid
    above=$(folder_above)
    uid=$(stat -c %u "$above")
    if ((uid != 0)); then
        stat -c '%u %g' "$above"
    elif [[ $above != "$dir" ]] && id -u www-data >/dev/null 2>&1; then
        printf '%s %s\n' "$(id -u www-data)" "$(id -g www-data)"
    else
        printf '0 0\n'
    fi
}

as_user() {
    local uid=$1 gid=$2
    shift 2
    setpriv --reuid="$uid" --regid="$gid" --clear-groups --no-new-privs "$@"
}

# can UID GID OPERATOR PATH: what test(1) says to that user; a path that is not there is no hindrance.
can() {
    [[ ! -e $4 ]] || as_user "$1" "$2" test "$3" "$4" 2>/dev/null
}

# The path that keeps this user from running the parts; fails if nothing does.
hindrance() {
    local uid=$1 gid=$2 need operator path
    for need in "-x $binary" "-r $root/scripts/lib/start" "-r $root/nginx/up.conf.in" \
        "-x $(folder_above)" "-w $dir" "-w $dir/mysql" "-r $dir/jwt.key" "-r ${config_file:-/}"; do
        operator=${need%% *}
        path=${need#* }
        can "$uid" "$gid" "$operator" "$path" || { printf '%s\n' "$path"; return 0; }
    done
    return 1
}

# run_as_fits COMMAND…: replaces this process by the command, run by the right user.
run_as_fits() {
    local uid gid path
    read -r uid gid < <(wanted_user)
    if ((uid == 0)); then
        say "runs the parts as root, who owns $dir"
        make_dir
        exec "$@"
    fi
    if path=$(hindrance "$uid" "$gid"); then
        say "runs the parts as root: $(user_name "$uid") has no access to $path"
        make_dir
        exec "$@"
    fi
    say "runs the parts as $(user_name "$uid")"
    make_dir
    chown "$uid:$gid" "$dir"
    exec setpriv --reuid="$uid" --regid="$gid" --clear-groups --no-new-privs "$@"
}

user_name() {
    getent passwd "$1" | cut -d: -f1 | grep . || printf 'uid %s\n' "$1"
}
