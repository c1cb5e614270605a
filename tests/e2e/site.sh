# shellcheck shell=bash disable=SC2034,SC2154 # lib.sh sets work and root, and uses url
# nginx/mobync.conf as it is shipped, but for its addresses, its certificate and its socket, in
# front of a pool: with TLS and HTTP/2, which curl chooses if it is not told otherwise. After
# lib.sh.
site=$work/site

# For 127.0.0.1; every curl of the test trusts it.
site_certificate() {
    [[ ! -e $work/site.pem ]] || return 0
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
        -keyout "$work/site.key" -out "$work/site.pem" -subj /CN=sync.example.com \
        -addext subjectAltName=IP:127.0.0.1 2>"$work/openssl.err" || cat "$work/openssl.err"
    export CURL_CA_BUNDLE=$work/site.pem
}

# site_start SOCKET [LOCATIONS_SED [SITE_SED]]: the site in front of that socket, changed by the
# sed scripts, with the load_module lines in site_modules; leaves its url, and in plain_url that of
# port 80. A port that was free may be somebody else's once it is bound.
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
    local port plain_port names=/etc/letsencrypt/live/sync.example.com
    port=$(free_port)
    plain_port=$(free_port)
    site_certificate
    mkdir -p "$site/conf.d" "$site/snippets"
    cp "$root/nginx/mobync-http.conf" "$site/snippets/"
    sed -e "${2:-}" "$root/nginx/mobync-locations.conf" >"$site/snippets/mobync-locations.conf"
    sed -e "s|/run/mobync/mobync.sock|$1|" -e '/listen \[::\]/d' \
        -e "s|listen 80;|listen 127.0.0.1:$plain_port;|" -e "s|listen 443 |listen 127.0.0.1:$port |" \
        -e "s|$names/fullchain.pem|$work/site.pem|" -e "s|$names/privkey.pem|$work/site.key|" \
        -e "${3:-}" "$root/nginx/mobync.conf" >"$site/conf.d/mobync.conf"
    printf '%s\n' "${site_modules:-}" "$( ((EUID == 0)) && echo 'user root;')" 'pid nginx.pid;' 'error_log error.log;' \
        'events {}' 'http {' 'access_log off;' 'client_body_temp_path body;' \
        'fastcgi_temp_path fastcgi;' 'proxy_temp_path proxy;' 'uwsgi_temp_path uwsgi;' \
        'scgi_temp_path scgi;' 'include conf.d/*.conf;' '}' >"$site/nginx.conf"
    url=https://127.0.0.1:$port
    plain_url=http://127.0.0.1:$plain_port
    (cd "$site" && nginx -e "$site/error.log" -p "$site/" -c "$site/nginx.conf") 2>"$site/start.log"
}

site_stop() {
    (cd "$site" && process_stop nginx "$site/nginx.pid" "$site" TERM 10)
}
undo+=(site_stop)
