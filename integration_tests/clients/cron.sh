#!/usr/bin/env bash
# Runs the commands and the script of docs/pipelines/cron.md, as they stand there, against a simulated site: a first sync, edits, a
# second sync; then two in the same moment, one that is killed, one that Ctrl-C stops, one with OAuth, and some that can't run: while
# another one does, without the executable, and with a state that is no JSON.
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
umask 022
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

[ -z "$(find . -name '*.part')" ] || fail "left behind: $(find . -name '*.part')"

# Only the owner can read what came from the site; what was there before is as it was.
open=$(find . -newer prepare.out -type f -perm /077 ! -name catalog.json)
[ -z "$open" ] || fail "others can read $open"

# Two runs in the same moment, by a clock that stands still: neither replaces the file of the other.
cat >../bin/date <<'END_OF_SCRIPT'
#!/bin/sh
echo 20260131T020000.000000000Z
END_OF_SCRIPT
chmod +x ../bin/date
rm done/*
for _ in 1 2; do ../sync.sh "$work/jira" || fail "a sync in the same moment exited with $?"; done
[ "$(find done -type f | wc -l)" = 2 ] || fail "two syncs in the same moment left $(ls done)"
rm ../bin/date done/*

# Without the executable nothing changes, and nothing that looks like a result is left.
before=$(cat state.json)
code=0
mv ../bin/source-jira ../real
../sync.sh "$work/jira" 2>../missing.err || code=$?
mv ../real ../bin/source-jira
[ "$code" = 127 ] && grep -q '^source-jira is not on the PATH' ../missing.err || fail "without the executable: $code, $(cat ../missing.err)"
[ -z "$(ls done)$(find . -name '*.part')" ] && [ "$before" = "$(cat state.json)" ] || fail "without the executable: $(ls done . )"

# A state that is no JSON is not replaced by a shorter one.
echo '[{"stream":' >state.json
code=0
../sync.sh "$work/jira" 2>/dev/null || code=$?
[ "$code" != 0 ] && [ "$(cat state.json)" = '[{"stream":' ] || fail "a state that is no JSON: $code, $(head -c 200 state.json)"
rm -f ./*.part done/*
echo "$before" >state.json

# A token that is renewed is in the config, and in no other file.
export ATLASSIAN_API_URL=$site ATLASSIAN_AUTH_URL=$site
jq '{domain, credentials: {auth_type: "OAuth2.0", client_id, client_secret, refresh_token}}' ../site.json >config.json
old=$(jq -r .credentials.refresh_token config.json)
../sync.sh "$work/jira" || fail "a sync with OAuth exited with $?"
new=$(jq -r .credentials.refresh_token config.json)
[ "$new" != "$old" ] || fail 'the token was not renewed'
! grep -rqF -e "$new" -e "$(jq -r .credentials.client_secret config.json)" done state.json report.json || fail 'a secret is in a result'
unset ATLASSIAN_API_URL ATLASSIAN_AUTH_URL
cp ../config.json .

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

# Ctrl-C reaches the script and the connector; what was read until then is kept.
rm done/* state.json report.json
curl -fsS -X PUT "$site/_sim/scenario" --data-binary $'[[fault]]\nroute = "*"\nkind = "slow"\ndelay_ms = 400\n' >/dev/null
# A job of its own, whose processes ignore no signal.
python3 - "$work" <<'END_OF_PYTHON' || fail 'Ctrl-C: see above'
import os, signal, subprocess, sys, time
work = sys.argv[1]
heed = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
run = subprocess.Popen([f"{work}/sync.sh", f"{work}/jira"], preexec_fn=heed, start_new_session=True)
part = f"{work}/jira/output.part"
while not (os.path.exists(part) and b'"STATE"' in open(part, "rb").read()):
    assert run.poll() is None, "it ended too early"
    time.sleep(0.1)
os.killpg(run.pid, signal.SIGINT)
code = run.wait(20)
assert code == 130, f"exit code {code}"
END_OF_PYTHON
grep -q 'Stopped by SIGINT' done/*.jsonl || fail 'the output of the stopped run is not in done'
[ "$(jq length state.json)" -ge 1 ] && [ -s report.json ] || fail 'no state or no report after Ctrl-C'
[ -z "$(find . -name '*.part')" ] || fail "left behind: $(find . -name '*.part')"

echo "ok: docs/pipelines/cron.md as it stands: $there issues, 1 after an edit, all of them again after a run that was killed"
