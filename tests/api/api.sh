#!/usr/bin/env bash
# docs/api.md from top to bottom on a stack of its own: the responses are those of the page, and the
# page's are those that docs/openapi.yaml allows.
# usage: api.sh [--write]   with --write the page's responses are replaced by the server's
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"
page=$root/docs/api.md
nchan_is_usable || {
    printf 'SKIPPED: nginx has no nchan (package libnginx-mod-nchan)\n'
    exit 77
}
export no_proxy='*'

# --- the stack: nginx/mobync.conf in front of a pool with the models of the page

# config [SED]: the config of the stack, changed by the sed script
config() {
    sed -e "s|@DIR@|$work/s|" -e "${1:-}" "$root/tests/api/api.yaml.in" >"$work/s/e2e.yaml"
}

crews() {
    grep -c ' workers on ' "$dir/log/mobync.log"
}

# reload [SED]
reload() {
    local before workers
    before=$(crews)
    workers=$(worker_pids)
    config "${1:-}"
    kill -s HUP "$(serve_pid)"
    wait_until 20 eval "((\$(crews) > $before))"
    wait_until 20 has_none_of "$workers"
}

undo+=("'$root/scripts/down' --dir '$work/s'")
mkdir -p "$work/s"
openssl rand -base64 32 >"$work/s/poke.key"
config '/validate/d' # the function cannot be there yet
start_stack "$work/s" >"$work/up.log" 2>&1 || { cat "$work/up.log"; exit 1; }
use_stack "$work/s"
. "$root/tests/e2e/site.sh"
socket=$dir/mobync.sock
sql "CREATE FUNCTION may_write_note(o VARCHAR(128), t VARCHAR(16), j LONGTEXT) RETURNS BOOLEAN
     DETERMINISTIC RETURN j NOT LIKE '%buy%'"
sql 'ALTER TABLE labels DROP PRIMARY KEY, ADD PRIMARY KEY (id), ADD UNIQUE (owner_id, name)'
reload

# --- what the page's comments call

site_is() {
    site_stop
    site_start "$@"
    URL=$url
}

usual_site() { site_is "$socket"; }
# With live pokes, as nginx/mobync.conf says how.
poke_site() {
    cp "$root/nginx/mobync-poke.conf" "$site/snippets/"
    sed "s|unix:/run/mobync-poke.sock|unix:$work/s/site-poke.sock|" "$root/nginx/mobync-poke-http.conf" \
        >"$site/snippets/mobync-poke-http.conf"
    site_modules=$(nchan_line)
    site_is "$socket" '' '1i include snippets/mobync-poke-http.conf;
        s|# include snippets/mobync-poke.conf;|include snippets/mobync-poke.conf;|'
    site_modules=
}

impatient_site() { site_is "$socket" 's/fastcgi_read_timeout 75s/fastcgi_read_timeout 1s/'; }
foreign_site() { site_is "$socket" '/^ *allow/d'; }
lonely_site() { site_is "$work/nobody.sock"; }

use_up_the_rate() {
    site_is "$socket" '' 's|rate=20r/s|rate=1r/m|; s/burst=60/burst=1/'
    curl -sS -o "$work/rate.#1" "$URL/sync?[1-4]"
}

somebody_has_label_9() {
    sql "INSERT INTO labels (owner_id, id, name) VALUES ('bob', 'label-9', 'b')"
}

hide_labels() { sql 'RENAME TABLE labels TO hidden'; }
show_labels() { sql 'RENAME TABLE hidden TO labels'; }

lock_alice() { lock_owner alice; }

quarantine() { reload 's/fail_sync/quarantine/'; }

# What a worker knows of the database's health is up to a second old.
stop_database() {
    mysql_stop
    sleep 1.2
}

# --- the page
site_start "$socket"
URL=$url
# shellcheck disable=SC2034 # the script uses it
TOKEN=$(token_of alice)
/usr/bin/python3 "$root/tests/api/page.py" script "$page" >"$work/script"
(
    undo=()
    set +e
    # shellcheck source=/dev/null # made from the page
    . "$work/script"
) >"$work/output" 2>&1
if [[ ${1:-} == --write ]]; then
    /usr/bin/python3 "$root/tests/api/page.py" write "$page" "$work/output" >"$work/page"
    cp "$work/page" "$page"
fi
/usr/bin/python3 "$root/tests/api/page.py" judge "$page" "$root/docs/openapi.yaml" "$work/output" ||
    failures=$((failures + 1))
finish
