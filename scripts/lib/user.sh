# shellcheck shell=bash disable=SC2154 # the caller sets dir, binary and config_file
# When root runs `up`: which user runs the parts of the stack in $dir.
#
# The parts run as the owner of an existing folder. A new one belongs to the owner of the folder
# above it, or to www-data if that is root. Root runs them only if root owns the folder, or if that
# user cannot access what it needs.

folder_above() {
    local above=$dir
    while [[ ! -d $above ]]; do
        above=$(dirname "$above")
    done
    printf '%s\n' "$above"
}

# "UID GID" of the user that owns, or will own, the folder.
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

# can UID GID OPERATOR PATH: test(1) as that user; true for a path that does not exist.
can() {
    [[ ! -e $4 ]] || as_user "$1" "$2" test "$3" "$4" 2>/dev/null
}

# Prints the path that prevents this user from running the parts; fails if there is none.
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

# run_as_fits COMMAND…: replaces this process by the command, run as the right user.
run_as_fits() {
    local uid gid path
    read -r uid gid < <(wanted_user)
    if ((uid == 0)); then
        say "running the parts as root, who owns $dir"
        make_dir
        exec "$@"
    fi
    if path=$(hindrance "$uid" "$gid"); then
        say "running the parts as root: $(user_name "$uid") cannot access $path"
        make_dir
        exec "$@"
    fi
    say "running the parts as $(user_name "$uid")"
    make_dir
    chown "$uid:$gid" "$dir"
    exec setpriv --reuid="$uid" --regid="$gid" --clear-groups --no-new-privs "$@"
}

user_name() {
    getent passwd "$1" | cut -d: -f1 | grep . || printf 'uid %s\n' "$1"
}
