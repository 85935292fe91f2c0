"""Compares tables that a client loaded with the site's truth: which rows there are, and what they hold."""

import json
import math
import re
from collections import Counter
from datetime import datetime
from pathlib import Path

# One table of what the simulator calls the entity behind a stream, for these checks and for `cargo test`.
EXPECTED = Path(__file__).parent.parent / "support" / "expected.rs"

# Their truth is what was done to the site (`edits.py`), not what there is: the edit, what it tells, and the column that has it.
REPORTED_BY_EDITS = {
    "key_history": ("move", "issue", "issueid"),
    "deleted_issues": ("delete", "issue", "issue"),
    "deleted_worklogs": ("delete_worklog", "child", "id"),
    "deleted_attachments": ("delete_attachment", "child", "id"),
    "deleted_comments": ("delete_comment", "child", "id"),
    "deleted_versions": ("delete_version", "child", "id"),
    "deleted_components": ("delete_component", "child", "id"),
    "deleted_sprints": ("delete_sprint", "child", "id"),
}

# Jira embeds only some comments and worklogs, and what an issue shows of others is as old as its own last change.
NOT_COMPARED = {"comment", "worklog", "parent", "subtasks", "issuelinks", "votes", "watches"}

# Bulk responses give times in another time zone, and `self` names the issue by the ID or key of the request.
NOT_IN_RECORDS = {
    "issue_changelogs": ("created",),
    "issue_votes": ("self",),
    "issue_watchers": ("self",),
}


class Truth:
    """The site as it is now, by stream."""

    def __init__(self, site, catalog):
        self.site = site
        self.keys = {stream["name"]: [path[0] for path in stream["source_defined_primary_key"] or []] for stream in catalog}
        self.entities = dict(re.findall(r'\("(\w+)", "(\w+)"\)', EXPECTED.read_text()))
        self.entities["issue_ids"] = "issues"
        self.rows = {name: self.of(name) for name in self.keys if name not in REPORTED_BY_EDITS}

    def of(self, stream):
        rows = self.site.truth(self.entities.get(stream, stream))
        if field := {"issue_votes": "votes", "issue_watchers": "watches"}.get(stream):
            # One row an issue, with or without users.
            rows = [{**issue["fields"][field], "issueId": issue["id"]} for issue in self.site.truth("issues")]
        if stream == "sprint_issues":
            member = {"sprintId": "id", "sprintName": "name", "sprintState": "state"}
            return [{"issueId": row["issueId"], **{ours: row["sprint"][name] for ours, name in member.items()}} for row in rows]
        left_out = NOT_IN_RECORDS.get(stream, ())
        return [{name: value for name, value in row.items() if name not in left_out} for row in rows]


def compare(truth, tables, edits, deep):
    """What differs, in words. `tables` are rows by stream, their columns by lower-case name. `deep`: nothing was edited
    yet, so that each table holds exactly what the site does; later, rows of deleted objects stay."""
    wrong = []
    for stream, keys in truth.keys.items():
        rows = tables[stream]
        twice = [key for key, times in Counter(key_of(row, keys) for row in rows).items() if times > 1]
        if keys and twice:
            wrong.append(f"{stream}: {len(twice)} keys occur more than once, such as {twice[0]}")
        if stream in REPORTED_BY_EDITS:
            wrong += unreported_edits(stream, rows, edits)
        else:
            wrong += differences(stream, keys, truth.rows[stream], rows, edits, deep)
    return wrong


def unreported_edits(stream, rows, edits):
    kind, source, column = REPORTED_BY_EDITS[stream]
    there = {text(row[column]) for row in rows}
    missing = sorted({edit[source] for edit in edits if edit["kind"] == kind} - there)
    return [f"{stream}: the edit {kind} of {one} is not reported" for one in missing]


def differences(stream, keys, wanted, rows, edits, deep):
    if stream == "sprints":
        # A sprint's row stands under each board that shows it; its body doesn't tell which those are.
        keys = ["id"]
    if not keys or not all(key in row for row in wanted for key in keys):
        # No key, or a member that the connector adds is part of it: all that can be compared is how many.
        return [f"{stream}: {len(rows)} rows, the site has {len(wanted)}"] if deep and len(rows) != len(wanted) else []
    found = {key_of(row, keys): row for row in rows}
    wanted = {key_of(row, keys, str): row for row in wanted}
    wrong = []
    if missing := wanted.keys() - found.keys():
        wrong.append(f"{stream}: {len(missing)} of {len(wanted)} rows are missing, such as {sorted(missing)[0]}")
    if deep and (more := found.keys() - wanted.keys()):
        wrong.append(f"{stream}: {len(more)} rows that the site hasn't, such as {sorted(more)[0]}")
    touched = {edit["issue"] for edit in edits}
    for key in wanted.keys() & found.keys():
        issue = str(wanted[key].get("issueId", wanted[key]["id"] if stream == "issues" else ""))
        if bad := differing_member(wanted[key], found[key], deep or issue in touched):
            wrong.append(f"{stream} {key}: {bad}")
    return wrong[:5]


def differing_member(wanted, row, nested):
    for name, value in wanted.items():
        column = re.sub(r"[^a-z0-9]", "_", name.lower())
        if column not in row or isinstance(value, (dict, list)) and not nested:
            continue
        if bad := difference(value, row[column], name):
            return bad
    return None


def difference(wanted, cell, path):
    """The first place where a column is not what is wanted, in words."""
    if isinstance(cell, float) and math.isnan(cell) or cell == "null":
        cell = None
    if isinstance(wanted, (dict, list)):
        return within(wanted, json.loads(cell) if isinstance(cell, str) else cell, path)
    return None if same(cell, wanted) else said(cell, wanted, path)


def same(cell, wanted):
    if wanted is None or cell is None:
        return cell is wanted
    if isinstance(cell, datetime):
        moment = datetime.fromisoformat(wanted.replace("Z", "+00:00"))
        # PyAirbyte's columns are without a zone, and both databases then drop the offset: what stays is the account's local time.
        return cell == (moment if cell.tzinfo else moment.replace(tzinfo=None))
    if isinstance(wanted, bool) or isinstance(cell, bool):
        return cell is wanted
    # PyAirbyte writes to PostgreSQL by way of pandas, which takes "007" for a number.
    return text(cell) == text(wanted) or number(cell) is not None and number(cell) == number(wanted)


def within(wanted, found, path):
    """As `difference`, at any depth of JSON. There may be more than is wanted."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        members = (within(value, found.get(name), f"{path}.{name}") for name, value in wanted.items() if name not in NOT_COMPARED)
        return next(filter(None, members), None)
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        places = (within(value, found[at], f"{path}[{at}]") for at, value in enumerate(wanted))
        return next(filter(None, places), None)
    if wanted == found or number(wanted) is not None and number(wanted) == number(found):
        return None
    return said(found, wanted, path)


def said(found, wanted, path):
    return f"{path} is {short(found)}, the site has {short(wanted)}"


def key_of(row, keys, name=str.lower):
    return "/".join(text(row[name(key)]) for key in keys)


def text(value):
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)


def number(value):
    try:
        return None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None


def short(value):
    return repr(value)[:120]
