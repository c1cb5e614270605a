# shellcheck shell=bash disable=SC2154 # lib.sh sets work and status
# A device as the stock client is one, played with jq: its rows, clock and pending diffs are files
# $work/NAME.rows, .clock and .pending (a diff a line). Sourced after lib.sh.

# Carries diffs out as a phone's SQLite does: a create of what is there fails, and so does an update
# of what is not.
carry_out='
def carry_out($diff):
    ($diff.json_data | fromjson) as $data
    | [$diff.model, $data.id] as $at
    | if $diff.type == "delete" then delpaths([$at])
      elif ($diff.type == "create") != (getpath($at) == null)
      then error("\($diff.type) of \($at | join("/")) cannot be carried out")
      else setpath($at; (getpath($at) // {}) + ($data | del(.id))) end;
'

device_new() {
    printf '{}\n' >"$work/$1.rows"
    printf '0\n' >"$work/$1.clock"
    : >"$work/$1.pending"
}

# device_copy FROM TO: what a device was when it sent a request whose answer it never got
device_copy() {
    local part
    for part in rows clock pending; do
        cp "$work/$1.$part" "$work/$2.$part"
    done
}

# device_carry_out NAME DIFFS: a JSON array
device_carry_out() {
    jq -c --argjson diffs "$2" "$carry_out reduce \$diffs[] as \$diff (.; carry_out(\$diff))" \
        "$work/$1.rows" >"$work/rows.new" && mv "$work/rows.new" "$work/$1.rows"
}

# device_write NAME DIFFS: done locally, and to be sent
device_write() {
    expect_true "$1 can write" device_carry_out "$1" "$2"
    jq -c '.[]' <<<"$2" >>"$work/$1.pending"
}

# The request of a device that has something to send, or nothing.
device_request() {
    jq -cs --argjson clock "$(<"$work/$1.clock")" '{logical_clock: $clock, diffs: .}' \
        "$work/$1.pending"
}

# device_sync NAME TOKEN: leaves status and body; a response is applied
device_sync() {
    device_request "$1" >"$work/request"
    sync "$2" "@$work/request"
    [[ $status == 200 ]] || return 0
    expect_true "$1 can carry out its answer" device_carry_out "$1" "$(of_body '.diffs | tojson')"
    of_body .logical_clock >"$work/$1.clock"
    : >"$work/$1.pending"
}

# The rows, a line each: "model/id field=value …", without what is null
device_rows() {
    jq -r 'to_entries[] | .key as $model | .value | to_entries[]
           | [ "\($model)/\(.key)",
               (.value | to_entries | sort_by(.key)[] | select(.value != null) | "\(.key)=\(.value)") ]
           | join(" ")' "$work/$1.rows" | LC_ALL=C sort
}
