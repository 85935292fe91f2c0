"""Airbyte's own source-jira and ours take turns at one destination: each goes on from the state that the other left.

    airbyte_source_jira.py BINARY                 the round trip; ends with one line that begins with "ok"
    airbyte_source_jira.py connector ARGUMENT…    Airbyte's connector by itself

The connector is the wheel 4.0.0, the newest on PyPI. Four things of its manifest are replaced; everything else of it, its CDK
and with that all it does with states is its own:
- https, because the simulator speaks plain http on this machine;
- the path and the paging of `issues`: see search_by_tokens.py;
- `issue_changelogs`, which those later releases have: the stream of comments with another path;
- retries, so that a fault shows at once.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

from search_by_tokens import by_tokens
from site_of import Site

# What both read incrementally out of issues, by the simulator's names of the same.
STREAMS = {"issues": "issues", "issue_comments": "comments", "issue_worklogs": "worklogs", "issue_changelogs": "changelogs",
           "sprint_issues": "sprint_issues", "board_issues": "board_issues"}


# ---- Airbyte's connector ---------------------------------------------------------------------------


def manifest(path):
    import yaml

    known = yaml.safe_load(path.read_text())
    parts = known["definitions"]
    for name in ("requester", "requester_v1"):
        parts[name]["url_base"] = parts[name]["url_base"].replace("https://", "http://")
    parts["error_handler"]["max_retries"] = 0
    by_tokens(parts["issues_stream"])
    changelogs = json.loads(json.dumps(parts["issue_comments_stream"]))
    changelogs["$ref"] = "#/definitions/incremental_stream"
    changelogs["name"] = "issue_changelogs"
    changelogs["$parameters"] = {"path": "issue/{{ stream_slice.issue_id }}/changelog", "extract_field": "values"}
    copied = {"path": ["updated"], "value_type": "string", "value": "{{ record.created }}"}
    changelogs["transformations"][0]["fields"].append(copied)
    changelogs["schema_loader"] = {"type": "InlineSchemaLoader", "schema": {"type": "object", "properties": {}}}
    parts["issue_changelogs_stream"] = changelogs
    known["streams"].append("#/definitions/issue_changelogs_stream")
    return known


def connector(arguments):
    import source_jira
    from airbyte_cdk.entrypoint import AirbyteEntrypoint, launch
    from source_jira.source import SourceJira

    path = pathlib.Path(source_jira.__file__).with_name("manifest.yaml")
    # Not in a class of our own: it looks for its other files beside its module.
    SourceJira._read_and_parse_yaml_file = lambda *_: manifest(path)

    def given(read, path):
        return read(path) if path else None

    catalog = given(SourceJira.read_catalog, AirbyteEntrypoint.extract_catalog(arguments))
    config = given(SourceJira.read_config, AirbyteEntrypoint.extract_config(arguments))
    state = given(SourceJira.read_state, AirbyteEntrypoint.extract_state(arguments))
    launch(SourceJira(catalog, config, state), arguments)


# ---- The round trip --------------------------------------------------------------------------------


def edit(site, number):
    """Something in every project, on old issues and a new one; nothing that only a full refresh shows. The site's clock stays
    that of this machine: Airbyte's connector drops comments and worklogs that are newer than its own clock."""
    by_project = {}
    for issue in site.truth("issues"):
        by_project.setdefault(issue["fields"]["project"]["key"], []).append(issue["key"])
    for project, keys in sorted(by_project.items()):
        old, other = keys[number % len(keys)], keys[(7 * number + 3) % len(keys)]
        site.edit(edits=[
            {"kind": "add_comment", "issue": old},
            {"kind": "add_worklog", "issue": other},
            {"kind": "set_field", "issue": other, "field": "summary", "value": f"Changed {number}"},
            {"kind": "create", "project": project},
        ])


class Table:
    """What one stream left in the destination, the latest row of each key."""

    def __init__(self):
        self.rows = {}

    def lacks(self, truth, stream):
        wanted = {key(stream, row): stamp(stream, row) for row in truth}
        return sorted(key for key, updated in wanted.items() if key not in self.rows or stamp(stream, self.rows[key]) != updated)


def key(stream, row):
    # An issue has a row on each board that shows it, though Airbyte's key does not say so.
    return f"{row['boardId']}/{row['id']}" if stream == "board_issues" else row["id"]


def stamp(stream, row):
    """What of a row tells its version apart: the two write the same moment in other zones."""
    from datetime import datetime

    text = row["fields"]["updated"] if stream == "issues" else row["created"] if stream == "issue_changelogs" else row["updated"]
    return datetime.fromisoformat(text), row["fields"]["summary"] if stream == "issues" else None


class Connection:
    """A destination and the state that the last sync left, whichever connector made it."""

    def __init__(self, site, binary, folder):
        self.site, self.binary, self.folder = site, binary, folder
        self.tables = {stream: Table() for stream in STREAMS}
        self.states = {}

    def sync(self, whose, projects):
        # Flat, as the wheel wants it: for ours that is a connection of Airbyte's.
        config = {"domain": self.site.domain, "email": self.site.email, "api_token": self.site.token}
        config |= {"projects": projects, "start_date": "2000-01-01T00:00:00Z"}
        stream = lambda name: {"name": name, "json_schema": {"type": "object"}, "supported_sync_modes": ["full_refresh", "incremental"]}
        streams = [{"stream": stream(name), "sync_mode": "incremental", "destination_sync_mode": "append_dedup", "cursor_field": ["updated"],
                    "primary_key": [["id"]]} for name in STREAMS]
        written = {"config": config, "catalog": {"streams": streams}, "state": list(self.states.values())}
        arguments = ["read"]
        for name, content in written.items():
            path = self.folder / f"{name}.json"
            path.write_text(json.dumps(content))
            arguments += [f"--{name}", str(path)]
        command = [self.binary, *arguments] if whose == "ours" else [sys.executable, __file__, "connector", *arguments]
        run = subprocess.run(command, capture_output=True, text=True)
        if run.returncode:
            sys.exit(f"{whose} failed:\n{run.stdout[-4000:]}\n{run.stderr[-4000:]}")
        return self.load(run.stdout)

    def load(self, output):
        counts = dict.fromkeys(STREAMS, 0)
        for message in map(json.loads, filter(lambda line: line.startswith("{"), output.split("\n"))):
            if message["type"] == "RECORD":
                record = message["record"]
                self.tables[record["stream"]].rows[key(record["stream"], record["data"])] = record["data"]
                counts[record["stream"]] += 1
            elif message["type"] == "STATE":
                stream = message["state"]["stream"]
                self.states[stream["stream_descriptor"]["name"]] = {"type": "STREAM", "stream": stream}
        return counts

    def compare(self, leg, projects):
        """Nothing is lost: each row that the site has now is there in its present form."""
        issues = {row["id"]: row for row in self.site.truth("issues")}
        # Airbyte's connector comes to sprints by boards.
        shown = {sprint["id"] for sprint in self.site.truth("sprints")}
        places = {board["id"]: board.get("location", {}).get("projectKey") for board in self.site.truth("boards")}
        located = lambda board: not projects or places[board] in projects
        wanted = {id for id, row in issues.items() if not projects or row["fields"]["project"]["key"] in projects}
        for stream, entity in STREAMS.items():
            truth = self.site.truth(entity)
            if stream == "sprint_issues":
                truth = [{"id": f"{row['sprint']['id']}-{row['issueId']}", "issueId": row["issueId"],
                          "updated": issues[row["issueId"]]["fields"]["updated"]} for row in truth if row["sprint"]["id"] in shown]
            if stream == "board_issues":
                truth = [{"boardId": row["boardId"], "id": row["id"], "issueId": row["id"],
                          "updated": issues[row["id"]]["fields"]["updated"]} for row in truth if located(row["boardId"])]
            truth = [row for row in truth if (row["id"] if stream == "issues" else row["issueId"]) in wanted]
            lacking = self.tables[stream].lacks(truth, stream)
            if lacking:
                sys.exit(f"{leg}: {stream} lacks {len(lacking)} of {len(truth)} rows, {lacking[:5]} among them")


def round_trip(site, binary, folder, projects_by_leg, sides):
    connection, legs = Connection(site, binary, folder), []
    for number, (whose, projects) in enumerate(zip(sides, projects_by_leg)):
        counts = connection.sync(whose, projects)
        leg = f"{whose} in turn {number + 1}, {len(projects) or 'all'} project(s)"
        connection.compare(leg, projects)
        same = number > 0 and projects == projects_by_leg[number - 1]
        if same and counts["issues"] > len(connection.tables["issues"].rows) // 2:
            sys.exit(f"{leg}: read {counts['issues']} issues, so it did not resume from the state of the other connector")
        legs.append(f"{whose[0]}{counts['issues']}")
        edit(site, number + 1)
    return " ".join(legs)


def main(binary):
    with Site(binary, issues=150) as site, tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        keys = sorted({row["fields"]["project"]["key"] for row in site.truth("issues")})
        turns = ["Airbyte's", "ours", "Airbyte's", "ours"]
        whole = round_trip(site, binary, folder, [[]] * 4, turns)
        # One project more in the second turn, which is ours, and another one in the fourth.
        named = [keys[:2], keys[:3], keys[:3], keys[:4]]
        named = round_trip(site, binary, folder, named, turns)
        # One more for its connector: it has to find out by itself that it was never read.
        added = round_trip(site, binary, folder, [keys[:2], keys[:3], keys[:3]], ["ours", "Airbyte's", "ours"])
        print(f"ok: {len(STREAMS)} streams in 11 turns; issues read in each: {whole} · {named} · {added}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["connector"]:
        connector(sys.argv[2:])
    elif len(sys.argv) == 2:
        main(sys.argv[1])
    else:
        sys.exit(__doc__)
