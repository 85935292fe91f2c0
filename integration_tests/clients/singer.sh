#!/usr/bin/env bash
# The Singer SDK's own tests of taps, and two runs, with edits between, into targets of three kinds: on singer-python (target-jsonl,
# which holds each record to its schema), on the SDK (target-csv), and on the SDK's SQL classes (SQLite).
#
#   integration_tests/clients/singer.sh BINARY
#
# The last line says what was tested. Network: PyPI, the first time.
. "$(dirname "${BASH_SOURCE[0]}")/simulated.sh"
venv singer 'singer-sdk[testing]==0.54.9' meltanolabs-target-csv==0.5.0
# Its dependencies are of another age.
venv tjsonl target-jsonl==0.1.4
python=$venvs/singer/bin/python

cd "$work"
export SOURCE_JIRA=$binary CONFIG=$work/config.json PYTHONPATH=$clients PYTHONDONTWRITEBYTECODE=1 SINGER_SDK_LOG_LEVEL=WARNING
"$python" -m pytest -q -p no:cacheprovider -W ignore "$clients/test_singer.py" >suite.log 2>&1 || { tail -60 suite.log; exit 1; }

echo '{"destination_path": "jsonl", "do_timestamp_file": false}' >jsonl.json
echo '{"output_path": "csv", "file_naming_scheme": "{stream_name}.csv"}' >csv.json
echo '{"path": "rows.sqlite"}' >sqlite.json
# load LINES: into each target; what the last one says of the state is kept, and the others must say the same.
load() {
    "$venvs/tjsonl/bin/target-jsonl" --config jsonl.json <"$1" >jsonl.state 2>load.log || { tail -20 load.log; exit 1; }
    "$venvs/singer/bin/target-csv" --config csv.json <"$1" >csv.state 2>load.log || { tail -20 load.log; exit 1; }
    "$python" "$clients/sqlite_target.py" --config sqlite.json <"$1" >sqlite.state 2>load.log || { tail -20 load.log; exit 1; }
    for kind in jsonl csv sqlite; do tail -1 "$kind.state" >"$kind.last"; done
    "$python" -c 'import json; states = [json.load(open(f"{kind}.last")) for kind in ("jsonl", "csv", "sqlite")]
assert states[0] == states[1] == states[2], "the targets hand back different states"'
}
# compare: each table of SQLite, and the last line for each key in the files of target-jsonl, with the site.
compare() {
    "$python" - "$site" <<'END'
import json, sqlite3, sys
from singer_truth import ENTITIES, compare
site = sys.argv[1]
database = sqlite3.connect("rows.sqlite")
database.row_factory = sqlite3.Row
def of_sqlite(stream):
    columns = ENTITIES[stream][1]
    names = {name.replace("_", "").lower(): name for name in next(iter(database.execute(f"select * from {stream}"))).keys()}
    rows = map(dict, database.execute(f"select * from {stream}"))
    rows = {tuple(str(row[names[column.lower()]]) for column in columns): row for row in rows}
    if stream == "issues":
        rows = {key: {**row, "fields": json.loads(row["fields"])} for key, row in rows.items()}
    return rows
def of_jsonl(stream):
    rows = map(json.loads, open(f"jsonl/{stream}.jsonl", encoding="utf-8", newline="\n"))
    return {tuple(str(row[column]) for column in ENTITIES[stream][1]): row for row in rows}
equal = compare(site, of_sqlite)
assert compare(site, of_jsonl) == equal
print(equal)
END
}

"$binary" singer --config config.json >first.jsonl 2>first.log || { tail -20 first.log; exit 1; }
load first.jsonl
first=$(compare)
"$python" -c 'import singer_truth, sys; singer_truth.edit(sys.argv[1])' "$site"
"$binary" singer --config config.json --state sqlite.last >second.jsonl 2>second.log || { tail -20 second.log; exit 1; }
load second.jsonl
second=$(compare)
issues=$(grep -c '^{"type":"RECORD","stream":"issues",' second.jsonl)
[ "$issues" -ge 1 ] && [ "$issues" -le 10 ] || { echo "the second run brought $issues issues for two that changed"; exit 1; }

# The example, as its README says.
umask 022
cp -r "$clients/../../examples/meltano-singer" example && cp config.json example/
mkdir path && ln -s "$binary" path/source-jira && ln -s "$venvs/tjsonl/bin/target-jsonl" path/
written=()
for run in first second; do
    PATH=$work/path:$PATH example/sync.sh 2>example.log || { tail -20 example.log; echo "the $run run of sync.sh failed"; exit 1; }
    written+=("$(wc -l <example/rows/issues.jsonl)")
done
[ "${written[0]}" = "${written[1]}" ] || { echo "sync.sh wrote ${written[*]} issues, though nothing had changed"; exit 1; }
open=$(find example -newer first.log -type f -perm /077 ! -name 'sync.sh' ! -name 'README.md' ! -name 'target.json' ! -name config.json ! -name .gitignore)
[ -z "$open" ] || { echo "sync.sh: others can read $open"; exit 1; }
# A second one at the same time, and none without the target; both leave the state as it was.
before=$(cat example/state.json)
code=0
PATH=$work/path:$PATH flock example/lock example/sync.sh 2>example.log || code=$?
[ "$code" = 75 ] || { echo "sync.sh beside another one exited with $code"; exit 1; }
rm path/target-jsonl
code=0
PATH=$work/path:$PATH example/sync.sh 2>example.log || code=$?
[ "$code" = 127 ] && grep -q '^target-jsonl is not on the PATH' example.log || { echo "sync.sh without its target exited with $code"; exit 1; }
[ "$before" = "$(cat example/state.json)" ] && [ -z "$(find example -name '*.new')" ] || { echo 'sync.sh: a run that could not begin changed something'; exit 1; }

echo "$(tail -1 suite.log | tr -d =); $first rows, then $second, equal in target-jsonl and an SDK target for SQLite; the second run brought $issues issues"
