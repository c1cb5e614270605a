# shellcheck shell=bash disable=SC2154 # callers set nodes
# Galera for tests, unpacked from Debian's packages into a folder: nothing is installed or started,
# no root is needed. The server itself is the one that is installed, and the packages are of its
# release. Needs common.sh and servers.sh; nodes.sh, where a cluster is run.
#
# Environment: MOBYNC_GALERA_DIR, where it is kept; the default is in the user's cache.

# The provider, the scripts of a state transfer, and what those run.
galera_packages=(galera-4 mariadb-server rsync libpopt0)

galera_dir() {
    kept_in "galera-$(galera_version)" "${MOBYNC_GALERA_DIR:-}"
}

galera_version() {
    mariadbd --version | sed -n 's/.* Ver \([0-9.]*\)-MariaDB.*/\1/p'
}

# galera_wrap_rsync FOLDER: run by root, its daemon would become nobody, who may not write the data.
galera_wrap_rsync() {
    mv "$1/root/usr/bin/rsync" "$1/root/usr/lib/galera/rsync" || return 1
    cat >"$1/root/usr/bin/rsync" <<'END'
#!/bin/sh
case " $* " in
*' --daemon '*) [ "$(id -u)" != 0 ] || set -- --dparam=uid=0 --dparam=gid=0 "$@" ;;
esac
exec "$(dirname "$0")/../lib/galera/rsync" "$@"
END
    chmod +x "$1/root/usr/bin/rsync"
}

# galera_fetch FOLDER: apt checks the signatures
galera_fetch() {
    local deb
    mkdir -p "$1/debs" || return 1
    (cd "$1/debs" && apt-get -q -o APT::Sandbox::User="$(id -un)" download "${galera_packages[@]}") ||
        return 1
    for deb in "$1"/debs/*.deb; do
        dpkg-deb -x "$deb" "$1/root" || return 1
    done
    [[ -e $1/root/usr/lib/galera/libgalera_smm.so && -e $1/root/usr/bin/wsrep_sst_rsync ]] || return 1
    galera_wrap_rsync "$1" || return 1
    rm -rf "$1"/{debs,root/usr/share/doc,root/usr/share/man}
}

# Prints the folder that is its root, which the first call makes.
galera_root() {
    local dir
    dir=$(galera_dir)
    made_once "$dir" galera_fetch && printf '%s\n' "$dir/root"
}

# For the servers that this shell starts; fails where the packages cannot be had.
galera_use() {
    galera=$(galera_root) || return 1
    PATH=$galera/usr/bin:$PATH
    LD_LIBRARY_PATH=$(printf '%s:' "$galera"/usr/lib/*-linux-gnu "$galera"/lib/*-linux-gnu)
    export PATH LD_LIBRARY_PATH
}

# --- a cluster

declare -a group_ports ist_ports sst_ports

# galera_prepare N…: which servers are its nodes
galera_prepare() {
    local node
    for node; do
        ports[node]=$(free_port) group_ports[node]=$(free_port)
        ist_ports[node]=$(free_port) sst_ports[node]=$(free_port)
        mkdir -p "$nodes/$node/tmp" "$nodes/$node/data"
    done
}

# galera_spawn N OPTION…
galera_spawn() {
    local node=$1 members
    shift
    members=$(printf ',127.0.0.1:%s' "${group_ports[@]}")
    node_spawn "$node" --wsrep-on=1 --wsrep-provider="$galera/usr/lib/galera/libgalera_smm.so" \
        --wsrep-cluster-name=mobync --wsrep-cluster-address="gcomm://${members#,}" \
        --wsrep-node-name="n$node" --wsrep-node-address="127.0.0.1:${group_ports[node]}" \
        --wsrep-node-incoming-address="127.0.0.1:${ports[node]}" \
        --wsrep-sst-method=rsync --wsrep-sst-receive-address="127.0.0.1:${sst_ports[node]}" \
        --wsrep-provider-options="base_host=127.0.0.1;base_port=${group_ports[node]};gmcast.listen_addr=tcp://127.0.0.1:${group_ports[node]};ist.recv_addr=127.0.0.1:${ist_ports[node]};gcache.size=64M;pc.recovery=false" \
        --binlog-format=ROW --innodb-autoinc-lock-mode=2 "$@"
}

node_is_synced() {
    [[ $(node_status "$1" wsrep_local_state_comment) == Synced && $(node_status "$1" wsrep_ready) == ON ]]
}
