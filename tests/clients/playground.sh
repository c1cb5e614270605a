#!/usr/bin/env bash
# The playground of scripts/up, in a headless Chromium. MOBYNC_PUPPETEER: where puppeteer-core is,
# or is put; MOBYNC_SHOTS: a folder for screenshots.
. "$(dirname "${BASH_SOURCE[0]}")/browser.sh"

# As on a machine without npm.
export MOBYNC_ENGINES=$work/engines MOBYNC_NPM=no-npm
open_playground
request POST /backend/sql -H 'Content-Type: text/plain' -d '{"sql":"SELECT 1"}'
expect 'no page of another site runs SQL' 403 "$status"
request POST /backend/sql -H 'Content-Type: application/json' -H 'Host: evil.example' -d '{"sql":"SELECT 1"}'
expect 'nor one under another name' 403 "$status"
request POST /backend/engine -H 'Content-Type: application/json' -d '{"engine":"../x"}'
expect 'there are two engines' '500 There is no engine ../x' "$status $(of_body .text | head -n 1)"
browse playground.mjs
finish
