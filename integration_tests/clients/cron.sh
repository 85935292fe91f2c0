#!/usr/bin/env bash
# Runs the commands and the script of docs/pipelines/cron.md, as they stand there, against a simulated site: a first sync, edits, a
# second sync; then one that is killed, and one that can't run because another one does.
#
#   integration_tests/clients/cron.sh BINARY
#
# BINARY has the feature `demo`: it serves the site, too. Needs jq; where apt-get exists and it is missing, it is installed (as root).
. "$(dirname "${BASH_SOURCE[0]}")/simulated.sh"
page=$(realpath "$clients/../../docs/pipelines/cron.md")

fail() { echo "cron: FAILED: $*" >&2; exit 1; }

if ! type -P jq >/dev/null; then
    [ "$(id -u)" = 0 ] && type -P apt-get >/dev/null || fail 'jq is missing; on Debian: apt-get install jq'
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends jq; } >"$work/apt.log" 2>&1 \
        || fail "could not install jq: $(tail -5 "$work/apt.log")"
fi

mkdir "$work/bin" "$work/jira"
ln -s "$binary" "$work/bin/source-jira"
export PATH=$work/bin:$PATH
cd "$work/jira"
cp ../config.json .

# block N: the Nth block of shell of the page.
block() { awk -v n="$1" '/^ *```sh$/ { inside = ++found == n; next } /^ *```$/ { inside = 0 } inside' "$page"; }
block 1 >prepare.sh
block 2 >../sync.sh
chmod +x ../sync.sh
sh -eu prepare.sh >prepare.out || fail "the preparations: $(tail -3 prepare.out)"

issues() { block 3 | sh | jq -r .id | sort -u | wc -l; }
there=$(curl -fsS "$site/_sim/truth/issues" | wc -l)
../sync.sh "$work/jira" || fail "the first sync exited with $?"
[ "$(issues)" = "$there" ] || fail "$(issues) issues instead of $there"

curl -fsS "$site/_sim/edits" -d '{"edits": [{"kind": "set_field", "issue": "CORE-1", "field": "summary", "value": "Edited"}]}' >/dev/null
rm done/*
before=$(cat state.json)
../sync.sh "$work/jira" || fail "the second sync exited with $?"
[ "$(issues)" = 1 ] || fail "$(issues) issues after one edit"
[ "$before" != "$(cat state.json)" ] || fail 'the state did not move'
[ "$(jq length state.json)" = "$(jq '.streams | length' catalog.json)" ] || fail 'a stream has no state'
block 4 | sh >/dev/null || fail 'the report tells of something incomplete'

# The process that has the lock excludes the others.
code=0
flock lock ../sync.sh "$work/jira" 2>/dev/null || code=$?
[ "$code" = 75 ] || fail "a sync beside another one exited with $code"

# A run that dies in the middle of a line: what it brought is kept, and its states are read.
cat >../bin/dying <<'END_OF_SCRIPT'
#!/bin/sh
"$WORK/real" "$@" | head -c 200000
exit 143
END_OF_SCRIPT
chmod +x ../bin/dying
mv ../bin/source-jira ../real
mv ../bin/dying ../bin/source-jira
rm done/* state.json
code=0
WORK=$work ../sync.sh "$work/jira" || code=$?
[ "$code" = 143 ] || fail "a sync that was killed exited with $code"
rm ../bin/source-jira
mv ../real ../bin/source-jira
../sync.sh "$work/jira" || fail "the sync after it exited with $?"
[ "$(issues)" = "$there" ] || fail "$(issues) issues instead of $there after a sync that was killed"
echo "ok: docs/pipelines/cron.md as it stands: $there issues, 1 after an edit, all of them again after a run that was killed"
