#!/usr/bin/env bash
# The Debian package on a clean machine: installed by the words of docs/deploy.md, synced with,
# reloaded, restarted and upgraded under load, removed, purged.
# usage: package.sh BUILD_DIR (of the preset release or nightly); needs root and the network; exits
# with 77 where it cannot run
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"
. "$root/tests/package/machine.sh"
build=$1
machine=$work/machine

hindrances=$(machine_hindrances)
if [[ -n $hindrances ]]; then
    printf 'skipped: %s\n' "$hindrances"
    exit 77
fi

# What lib.sh asks of a stack, asked of the machine.
sql() {
    on_machine mariadb --batch --raw --skip-column-names app -e "$1"
}

token_of() {
    jwt_for "$machine/etc/mobync/jwt.key" "$1" "${2:-600}"
}

main_pid() {
    on_machine systemctl show --property MainPID --value mobync.service
}

installed_version() {
    on_machine dpkg-query --show --showformat '${db:Status-Abbrev}${Version}' mobync-server 2>/dev/null || true
}

state_of() {
    on_machine systemctl is-active "$1" || true
}

# of_master KEY: a line of /proc/PID/status
of_master() {
    on_machine sed -n "s/^$1:[[:space:]]*//p" "/proc/$(main_pid)/status"
}

others() {
    load_count '$1 != 200'
}

is_healthy_now() {
    is_healthy "$port"
}

# under_load NAME COMMAND…: no request fails while it runs
under_load() {
    local name=$1
    shift
    load_start 6 "${name// /_}"
    sleep 1
    "$@" >"$work/out" 2>&1 || { cat "$work/out"; failures=$((failures + 1)); }
    sleep 1
    load_stop
    expect_true "$name: there was load ($(load_count '$1 == 200') requests)" \
        test "$(load_count '$1 == 200')" -gt 20
    expect "$name: no request failed" 0 "$(others)"
    expect_all_stored "$name"
}

# --- the packages: one, and a later one
make_packages() {
    cpack --config "$build/CPackConfig.cmake" -G DEB -B "$work/deb" &&
        cpack --config "$build/CPackConfig.cmake" -G DEB -B "$work/deb" -D CPACK_DEBIAN_PACKAGE_RELEASE=2
}
make_packages >"$work/cpack.log" 2>&1 || { cat "$work/cpack.log"; exit 1; }
first=$(echo "$work"/deb/mobync-server_*-1_*.deb)
later=$(echo "$work"/deb/mobync-server_*-2_*.deb)
expect 'lintian has nothing to say' '' "$(lintian --allow-root --display-info "$first" 2>&1)"

expect_true 'the package depends on libcurl, which no program names' \
    grep -q 'libcurl4 ' <<<"$(dpkg-deb --field "$first" Depends)"

# --- the machine: a Debian with the database and the web server that the app has already
undo+=(machine_off)
machine_make mariadb-server nginx-light curl openssl >"$work/make.log" 2>&1 ||
    { tail -n 30 "$work/make.log"; exit 1; }
rm "$machine/etc/nginx/sites-enabled/default"
printf '[mysqld]\nskip-networking\n' >"$machine/etc/mysql/mariadb.conf.d/99-package-test.cnf"
cp "$first" "$later" "$machine/root/"
machine_boot

# --- installed
on_machine apt-get install -q -y --no-install-recommends "/root/${first##*/}" >"$work/out" 2>&1 ||
    { cat "$work/out"; exit 1; }
expect 'installed' "ii $(dpkg-deb --field "$first" Version)" "$(installed_version)"
expect 'the user' 'mobync:/usr/sbin/nologin' \
    "$(on_machine getent passwd mobync | awk -F: '{ print $1 ":" $7 }')"
expect 'the folder for keys' 'root:mobync 750' "$(on_machine stat -c '%U:%G %a' /etc/mobync)"
expect 'enabled' 'enabled enabled' \
    "$(on_machine systemctl is-enabled mobync.socket mobync.service | paste -sd ' ')"
expect 'not started: it has no database yet' 'inactive inactive' \
    "$(state_of mobync.socket) $(state_of mobync.service)"
expect 'the units have no fault' '' \
    "$(on_machine systemd-analyze verify --man=no mobync.service mobync.socket 2>&1)"
for page in 'mobync.8' 'mobync.yaml.5'; do
    expect_true "the manual has $page" on_machine test -s "/usr/share/man/man${page##*.}/$page.gz"
done

# --- set up (docs/deploy.md, 2 to 5)
on_machine mariadb <<'SQL'
CREATE DATABASE app;
CREATE USER mobync@localhost IDENTIFIED BY 'a secret';
GRANT SELECT, INSERT, UPDATE, DELETE ON app.* TO mobync@localhost;
GRANT CREATE, ALTER, INDEX, REFERENCES ON app.* TO mobync@localhost;
SQL
on_machine sh -euc "umask 027; cd /etc/mobync; printf 'a secret\n' >db.password; openssl rand -hex 32 >jwt.key
    chgrp mobync db.password jwt.key"
expect_true 'check: the tables are missing' eval '! on_machine mobync check >"$work/out" 2>&1'
on_machine mobync schema --apply >"$work/out" 2>&1 || cat "$work/out"
expect_true 'check: nothing is missing' eval 'on_machine mobync check >"$work/out" 2>&1'
on_machine systemctl start mobync >"$work/out" 2>&1 ||
    { cat "$work/out"; on_machine journalctl --no-pager -n 30 -u mobync; exit 1; }
expect 'started, and ready' 'active active running' \
    "$(state_of mobync.socket) $(state_of mobync.service) $(on_machine systemctl show -P SubState mobync)"
expect 'what systemd is told' '8 workers on LISTEN_FDS' "$(on_machine systemctl show -P StatusText mobync)"
port=$(free_port)
# The load comes from one address: the limit by address is not what is tested.
# The certificate of the test's own machine; port 80 is not ours to take.
on_machine openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=sync.example.com \
    -addext subjectAltName=IP:127.0.0.1 -keyout /etc/nginx/sync.key -out /etc/nginx/sync.pem \
    >"$work/out" 2>&1
on_machine sed -i "/listen \[::\]/d; s/listen 80;/listen 127.0.0.1:$((port + 1));/; s/listen 443 /listen 127.0.0.1:$port /
    s|/etc/letsencrypt.*fullchain.pem|/etc/nginx/sync.pem|; s|/etc/letsencrypt.*privkey.pem|/etc/nginx/sync.key|
    s/limit_req zone/# &/" /etc/nginx/sites-available/mobync
export CURL_CA_BUNDLE=$machine/etc/nginx/sync.pem
on_machine ln -s ../sites-available/mobync /etc/nginx/sites-enabled/
on_machine nginx -t >"$work/out" 2>&1 || cat "$work/out"
on_machine systemctl reload nginx
url=https://127.0.0.1:$port
expect_true 'health' wait_until 10 is_healthy_now

# --- at work
sync "$(token_of alice)" "$(push_json 0 "$(diff_json d1 alice 0 create tasks '{"id":"t1","name":"Buy milk"}')")"
expect 'a sync' '200 1' "$status $(of_body .logical_clock)"
expect 'its row' $'alice\tt1\tBuy milk' "$(sql 'SELECT owner_id, id, name FROM tasks')"
token=$(on_machine mobync token create --owner alice 2>/dev/null)
sync "$token" '{"logical_clock":0,"diffs":[]}'
expect 'another device, with a token' '200 d1' "$status $(of_body '.diffs[0].id')"

# --- fenced in
expect 'runs as' mobync "$(on_machine stat -c %U "/proc/$(main_pid)")"
expect 'no new privileges, a filter of system calls, no capabilities' '1 2 0000000000000000' \
    "$(of_master NoNewPrivs) $(of_master Seccomp) $(of_master CapBnd)"
expect 'no core files' '0' "$(on_machine awk '/^Max core file size/ { print $6 }' "/proc/$(main_pid)/limits")"
printf '        %s\n' "$(on_machine systemd-analyze security --no-pager mobync.service | tail -n 1)"

# --- reloads, faulty and good
expect_true 'a fault' on_machine sh -c 'echo "colour: red" >>/etc/mobync/mobync.yaml'
under_load 'a faulty reload' on_machine systemctl reload mobync
expect_true 'a faulty reload: the old config stays, and systemd knows' wait_until 10 \
    eval '[[ $(on_machine systemctl show -P StatusText mobync) == "the new config is not used"* ]]'
expect 'a faulty reload: still running' 'active' "$(state_of mobync.service)"
on_machine sed -i '$d; s/^workers: 8$/workers: 4/' /etc/mobync/mobync.yaml
under_load 'a reload' on_machine systemctl reload mobync
expect 'a reload: the new config' '4 workers on LISTEN_FDS' "$(on_machine systemctl show -P StatusText mobync)"

# --- restarts and the upgrade
before=$(main_pid)
under_load 'a restart' on_machine systemctl restart mobync
expect_true 'a restart: another process' test "$before" != "$(main_pid)"
before=$(main_pid)
under_load 'the upgrade' on_machine apt-get install -q -y "/root/${later##*/}"
expect 'the upgrade: installed' "ii $(dpkg-deb --field "$later" Version)" "$(installed_version)"
expect_true 'the upgrade: another process' test "$before" != "$(main_pid)"
expect_true 'the upgrade: the edited config stays' on_machine grep -qx 'workers: 4' /etc/mobync/mobync.yaml
on_machine kill -s KILL "$(main_pid)"
expect_true 'a killed master is replaced' wait_until 20 is_healthy_now

# --- removed, purged
rows=$(sql 'SELECT COUNT(*) FROM tasks')
on_machine apt-get remove -q -y mobync-server >"$work/out" 2>&1 || cat "$work/out"
expect 'removed: nothing runs' 'inactive inactive' "$(state_of mobync.socket) $(state_of mobync.service)"
expect_true 'removed: the program is gone' eval '! on_machine test -e /usr/sbin/mobync'
expect_true 'removed: config and keys stay' on_machine test -e /etc/mobync/mobync.yaml -a -e /etc/mobync/jwt.key
expect 'removed: what nginx says' '502' "$(curl -sS --noproxy '*' -o /dev/null -w '%{http_code}' "$url/healthz")"
on_machine apt-get install -q -y "/root/${later##*/}" >"$work/out" 2>&1 || cat "$work/out"
expect_true 'installed again: as it was' wait_until 10 is_healthy_now
on_machine apt-get purge -q -y mobync-server >"$work/out" 2>&1 || cat "$work/out"
expect 'purged: nothing of it is left' '' "$(on_machine find / -xdev -name '*mobync*' \
    -not -path '/root/*' -not -path '/proc/*' -not -path '/var/lib/mysql/*' -not -path '/var/log/*' \
    -not -path '/etc/nginx/sites-enabled/mobync' -not -path '/tmp/*')"
expect_true 'purged: the user stays' eval 'on_machine getent passwd mobync >/dev/null'
expect 'purged: the data stay' "$rows" "$(sql 'SELECT COUNT(*) FROM tasks')"
finish
