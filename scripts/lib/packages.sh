# shellcheck shell=bash disable=SC2034 # callers use the lists
# Debian packages: finds and installs the missing ones without starting a service.

# Each package with a probe for what is needed of it: a command, `lib:` a pkg-config module or
# `file:` a file.
build_packages=(
    "gcc gcc"
    "libc6-dev file:/usr/include/stdlib.h"
    "cmake cmake"
    "ninja-build ninja"
    "pkg-config pkg-config"
    "libfcgi-dev lib:fcgi"
    "libjson-c-dev lib:json-c"
    "libmariadb-dev lib:libmariadb"
    "libcmocka-dev lib:cmocka"
    "libcyaml-dev lib:libcyaml"
    "libyaml-dev lib:yaml-0.1"
    "libjwt-dev lib:libjwt"
    "libjansson-dev lib:jansson"
    "libssl-dev lib:libcrypto"
    "libcurl4-openssl-dev lib:libcurl"
    "libsystemd-dev lib:libsystemd"
    "libseccomp-dev lib:libseccomp"
    "zlib1g-dev lib:zlib"
    "libsmartcols-dev lib:smartcols"
    "lowdown lowdown"
)
# mariadb-server-core is the server without its system service.
run_packages=(
    "mariadb-server-core mariadb-install-db"
    "mariadb-client-core mariadb"
    "nginx nginx"
    "libnginx-mod-nchan file:/usr/lib/nginx/modules/ngx_nchan_module.so"
    "curl curl"
    "openssl openssl"
    "python3 file:/usr/bin/python3"
)
# For the plots of bench/run and bench/grow.
plot_packages=(
    "gnuplot-nox gnuplot"
)
test_packages=(
    "clang-format clang-format"
    "clang-tidy clang-tidy"
    "clang clang"
    "libclang-rt-dev file:/usr/share/doc/libclang-rt-dev/copyright"
    "codespell codespell"
    "jq jq"
    "mariadb-client mariadb-dump"
    "python3-yaml file:/usr/lib/python3/dist-packages/yaml/__init__.py"
    "nodejs node"
    "shellcheck shellcheck"
    "python3-jsonschema file:/usr/lib/python3/dist-packages/jsonschema/__init__.py"
)

package_is_there() {
    case $2 in
    lib:*) pkg-config --exists "${2#lib:}" 2>/dev/null ;;
    file:*) [[ -e ${2#file:} ]] ;;
    *) command -v "$2" >/dev/null ;;
    esac
}

packages_missing() {
    local line package probe
    for line; do
        read -r package probe <<<"$line"
        package_is_there "$package" "$probe" || printf '%s\n' "$package"
    done
}

# Prints the command that makes this user root, or nothing for root; fails if there is none.
become_root() {
    ((EUID == 0)) && return 0
    command -v sudo >/dev/null && sudo -n true 2>/dev/null && printf 'sudo\n-n\n'
}

# Debian starts a service when its package is installed, unless this file forbids it. An existing
# file of the machine is left alone.
policy_file=/usr/sbin/policy-rc.d
policy_is_ours=

policy_forbid_services() {
    [[ -e $policy_file ]] && return 0
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy_file" >/dev/null
    policy_is_ours=yes
    "${as_root[@]}" chmod 755 "$policy_file"
}

policy_restore() {
    [[ -n $policy_is_ours ]] || return 0
    policy_is_ours=
    "${as_root[@]}" rm -f "$policy_file"
}

# Only the program nginx is needed: the service must not start at the next boot either.
nginx_service_disable() {
    if command -v systemctl >/dev/null; then
        "${as_root[@]}" systemctl disable nginx.service >/dev/null 2>&1 || true
    elif command -v update-rc.d >/dev/null; then
        "${as_root[@]}" update-rc.d nginx disable >/dev/null 2>&1 || true
    fi
}

nginx_is_missing() {
    [[ " ${missing[*]} " == *' nginx '* ]]
}

# For a manual installation, where Debian starts the service.
nginx_service_advice() {
    ! nginx_is_missing ||
        printf '\n  systemctl disable --now nginx  # only the program is needed'
}

apt_install() {
    local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y)
    "${apt[@]}" update && "${apt[@]}" install --no-install-recommends "$@"
}

# Also runs if the installation is interrupted, because nginx may be installed by then.
packages_settle() {
    ! nginx_is_missing || nginx_service_disable
    policy_restore
    rm -f "$log"
}

packages_install() {
    local missing as_root log
    mapfile -t missing < <(packages_missing "$@")
    ((${#missing[@]} > 0)) || return 0
    command -v apt-get >/dev/null || die "missing packages, and there is no apt-get: ${missing[*]}"
    mapfile -t as_root < <(become_root || printf 'cannot\n')
    if [[ ${as_root[*]} == cannot ]]; then
        die "packages are missing; run this as root, then try again:
  apt-get update && apt-get install --no-install-recommends ${missing[*]}$(nginx_service_advice)"
    fi
    say "installing ${missing[*]}"
    log=$(mktemp)
    trap packages_settle EXIT
    trap 'exit 130' HUP INT TERM
    policy_forbid_services
    if ! apt_install "${missing[@]}" >"$log" 2>&1; then
        tail -n 30 "$log" >&2
        die "apt-get could not install ${missing[*]}"
    fi
    trap - EXIT HUP INT TERM
    packages_settle
}
