# shellcheck shell=bash disable=SC2034,SC2154 # lib.sh sets work and root, and uses url
# nginx/mobync.conf as it is shipped, but for its address, in front of a pool. After lib.sh.
site=$work/site

# site_start SOCKET [LOCATIONS_SED [SITE_SED]]: the site in front of that socket, changed by the
# sed scripts; leaves its url. A port that was free may be somebody else's once it is bound.
site_start() {
    local tries=3
    until site_runs "$@"; do
        if ((--tries == 0)) || ! port_was_taken "$site/start.log"; then
            cat "$site/start.log"
            return 1
        fi
    done
    # nginx goes into the background before it writes the file that site_stop knows it by.
    wait_until 20 test -s "$site/nginx.pid"
}

site_runs() {
    local port
    port=$(free_port)
    mkdir -p "$site/conf.d" "$site/snippets"
    cp "$root/nginx/mobync-http.conf" "$site/snippets/"
    sed -e "${2:-}" "$root/nginx/mobync-locations.conf" >"$site/snippets/mobync-locations.conf"
    sed -e "s|/run/mobync/mobync.sock|$1|" -e "s|listen 80;|listen 127.0.0.1:$port;|" \
        -e "${3:-}" "$root/nginx/mobync.conf" >"$site/conf.d/mobync.conf"
    printf '%s\n' "$( ((EUID == 0)) && echo 'user root;')" 'pid nginx.pid;' 'error_log error.log;' \
        'events {}' 'http {' 'access_log off;' 'client_body_temp_path body;' \
        'fastcgi_temp_path fastcgi;' 'proxy_temp_path proxy;' 'uwsgi_temp_path uwsgi;' \
        'scgi_temp_path scgi;' 'include conf.d/*.conf;' '}' >"$site/nginx.conf"
    url=http://127.0.0.1:$port
    (cd "$site" && nginx -e "$site/error.log" -p "$site/" -c "$site/nginx.conf") 2>"$site/start.log"
}

site_stop() {
    (cd "$site" && process_stop nginx "$site/nginx.pid" "$site" TERM 10)
}
undo+=(site_stop)
