"""What a simulated site holds, for comparison with what a Singer target has stored."""
import site_of

# By stream: the simulator's word for it, and the key.
ENTITIES = {
    "issues": ("issues", ["id"]),
    "issue_comments": ("comments", ["id"]),
    "issue_worklogs": ("worklogs", ["id"]),
    "issue_changelogs": ("changelogs", ["id"]),
    "projects": ("projects", ["id"]),
    "project_versions": ("versions", ["id"]),
    "boards": ("boards", ["id"]),
    "users": ("users", ["accountId"]),
    "issue_fields": ("fields", ["id"]),
    "labels": ("labels", ["label"]),
}


def truth(site, stream):
    """The rows of a stream by key."""
    entity, key = ENTITIES[stream]
    return {tuple(str(row[name]) for name in key): row for row in site_of.truth(site, entity)}


def edit(site):
    """Some edits of every kind of work, and time for the next sync to see them."""
    first = next(iter(truth(site, "issues").values()))["key"]
    edits = [
        {"kind": "create", "project": "CORE", "summary": "Größe: “neu”, 100 %\nund mehr"},
        {"kind": "set_field", "issue": first, "field": "summary", "value": "edited, \"with quotes\""},
        {"kind": "add_comment", "issue": first, "text": "a comment; with, punctuation"},
        {"kind": "add_worklog", "issue": first, "seconds": 3600},
    ]
    site_of.control(site, "PUT", "clock", {"advance_seconds": 3600})
    site_of.control(site, "POST", "edits", {"edits": edits})
    site_of.control(site, "PUT", "clock", {"advance_seconds": 120})


def compare(site, rows_of):
    """`rows_of(stream)` gives what is stored, by key. Says how many rows are equal, or stops at the first difference."""
    count = 0
    for stream in ENTITIES:
        wanted, found = truth(site, stream), rows_of(stream)
        missing, extra = wanted.keys() - found.keys(), found.keys() - wanted.keys()
        assert not missing and not extra, f"{stream}: missing {sorted(missing)[:5]}, not in the site {sorted(extra)[:5]}"
        count += len(found)
        if stream == "issues":
            for key, row in wanted.items():
                fields = found[key]["fields"]
                for name in ("summary", "updated", "status", "labels"):
                    said = row["fields"].get(name)
                    assert moment(fields.get(name)) == moment(said), f"issue {key}: {name} is {fields.get(name)}, not {said}"
    return count


def moment(value):
    """Jira writes +0100, Singer has +01:00."""
    if isinstance(value, str) and value[-3:-2] == ":" and value[10:11] == "T":
        return value[:-3] + value[-2:]
    return value
