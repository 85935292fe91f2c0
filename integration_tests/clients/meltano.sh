#!/usr/bin/env bash
# Meltano runs examples/meltano twice against a simulated site with edits between, and DuckDB holds what the site holds.
#
#   integration_tests/clients/meltano.sh BINARY
#
# The last line says how many rows are equal. Network: PyPI, the first time.
. "$(dirname "${BASH_SOURCE[0]}")/simulated.sh"
venv meltano meltano==4.4.1

cp -r "$clients/../../examples/meltano" "$work/project"
# Installed loaders stay with the cache; the state is this run's own.
export MELTANO_SYS_DIR_ROOT=$cache/meltano MELTANO_DATABASE_URI=sqlite:///$work/meltano.db
export MELTANO_SEND_ANONYMOUS_USAGE_STATS=false MELTANO_CLI_DISABLE_VERSION_CHECK=true MELTANO_SNOWPLOW_COLLECTOR_ENDPOINTS='[]'
export NO_COLOR=1 MELTANO_CLI_LOG_FORMAT=plain
mkdir "$work/path" && ln -s "$binary" "$work/path/source-jira"
export PATH=$work/path:$venvs/meltano/bin:$PATH
eval "$(python3 - "$work/config.json" <<'END'
import json, shlex, sys
config = json.load(open(sys.argv[1]))
values = {"JIRA_DOMAIN": config["domain"], "JIRA_EMAIL": config["credentials"]["email"], "JIRA_API_TOKEN": config["credentials"]["api_token"]}
print("export", *(f"{name}={shlex.quote(value)}" for name, value in values.items()))
END
)"
cd "$work/project"

# The other way is checked for what a file alone can show.
"$venvs/meltano/bin/python" - tap-airbyte.yml "$clients/../../Cargo.toml" <<'END'
import re, sys, yaml
from meltano.core.plugin.project_plugin import ProjectPlugin
from meltano.core.plugin import PluginType
plugin = yaml.safe_load(open(sys.argv[1]))["plugins"]["extractors"][0]
parsed = ProjectPlugin(PluginType.EXTRACTORS, **plugin)
tag = next(setting.value for setting in parsed.settings if setting.name == "airbyte_spec.tag")
version = re.search(r'^version = "(.*)"', open(sys.argv[2]).read(), re.M)[1]
assert tag == version, f"tap-airbyte.yml names version {tag}, Cargo.toml {version}"
assert all(name in {setting.name for setting in parsed.settings} for name in plugin["config"]), "config without a setting"
END

meltano install
run() { # LOG: one run, and what it says of itself
    meltano run tap-source-jira target-duckdb >"$1" 2>&1 || { tail -30 "$1"; echo "meltano run failed"; exit 1; }
    grep -q 'WARN \|ERROR ' "$1" && grep 'WARN \|ERROR ' "$1" | sed 's/.*\(WARN \|ERROR \)/W /' || true
}
compare() { # FIRST|SECOND LOG
    "$MELTANO_SYS_DIR_ROOT/loaders/target-duckdb/venv/bin/python" - "$clients" "$site" "$@" <<'END'
import json, re, sys
sys.path.insert(0, sys.argv[1])
import duckdb
from singer_truth import ENTITIES, compare, truth
site, which, log = sys.argv[2:]
database = duckdb.connect("warehouse.duckdb", read_only=True)
def rows_of(stream):
    table = database.execute(f'select * from warehouse.jira."{stream}"')
    names = [column[0] for column in table.description]
    rows = [dict(zip(names, row)) for row in table.fetchall()]
    for row in rows:
        if stream == "issues":
            row["fields"] = json.loads(row["fields"])
    key = [name.lower() for name in ENTITIES[stream][1]]
    found = {tuple(str(row[name]) for name in key): row for row in rows}
    assert len(found) == len(rows), f"{stream}: a key twice"
    return found
equal = compare(site, rows_of)
sent = dict(re.findall(r"(\w+) (\d+)", re.search("Report, records by stream:(.*)", open(log).read())[1]))
issues = int(sent["issues"])
if which == "second":
    assert 1 <= issues <= 10, f"{issues} issues for two that changed"
print(f"{equal} rows equal to the site's after the {which} run, which brought {issues} issues")
END
}
run "$work/first.log"
compare first "$work/first.log"
python3 -c 'import sys; sys.path.insert(0, sys.argv[1]); import singer_truth; singer_truth.edit(sys.argv[2])' "$clients" "$site"
run "$work/second.log"
compare second "$work/second.log"
