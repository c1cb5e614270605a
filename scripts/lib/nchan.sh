# shellcheck shell=bash
# The module for live pokes (package libnginx-mod-nchan), and whether nginx starts with it. Needs
# common.sh, and packages.sh for nchan_prepare.

nchan_module=/usr/lib/nginx/modules/ngx_nchan_module.so

# The module wants the folder that nginx was built with for the bodies of requests, whatever the
# config says (its own directive for another is refused as a duplicate). A user who is not root
# cannot make it, and root's first start of nginx does.
nchan_folder() {
    nginx -V 2>&1 | sed -n 's/.*--http-client-body-temp-path=\([^ ]*\).*/\1/p'
}

nchan_is_usable() {
    local folder
    [[ -e $nchan_module ]] || return 1
    folder=$(nchan_folder)
    [[ -z $folder || -d $folder ]] || ((EUID == 0))
}

# Where nginx never ran: makes the folder as nginx does, if that is allowed.
nchan_prepare() {
    local folder as_root
    [[ -e $nchan_module ]] || return 0
    folder=$(nchan_folder)
    [[ -n $folder && ! -d $folder ]] || return 0
    mapfile -t as_root < <(become_root || printf 'cannot\n')
    if [[ ${as_root[*]} == cannot ]]; then
        say "without live pokes, for nginx lacks a folder; to have them, run this as root:
  install -d -o www-data -m 700 $folder"
        return 0
    fi
    "${as_root[@]}" install -d -o www-data -m 700 "$folder"
}

nchan_line() {
    ! nchan_is_usable || printf 'load_module %s;\n' "$nchan_module"
}
