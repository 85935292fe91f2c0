"""First inputs of the fuzz targets, from a simulated site: seeds.py CONNECTOR FOLDER"""

import base64
import json
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

connector, folder = sys.argv[1], Path(sys.argv[2])
counts = {}


def keep(target, content):
    content = content if isinstance(content, bytes) else content.encode()
    if len(content) > 16384:
        return
    counts[target] = counts.get(target, 0) + 1
    path = folder / target / f"{counts[target]:03}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def site_inputs(site):
    token = base64.b64encode(f"{site['email']}:{site['api_token']}".encode()).decode()

    def ask(path, body=None):
        headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
        body = json.dumps(body).encode() if body is not None else None
        with urllib.request.urlopen(urllib.request.Request(site["url"].rstrip("/") + path, body, headers)) as reply:
            return reply.read()

    keep("page", b"values\n" + ask("/rest/api/3/project/search?maxResults=3"))
    keep("page", b"\n" + ask("/rest/api/3/status")[:16000])
    keep("page", b"issueTypes\n" + ask("/rest/api/3/myself"))
    query = {"jql": "created >= \"1970-01-01\" ORDER BY created ASC", "fields": ["*all"], "expand": "changelog,transitions"}
    for size in (1, 2):
        body = ask("/rest/api/3/search/jql", query | {"maxResults": size})
        keep("page", b"issues\n" + body)
        keep("issue", body)
    found = json.loads(ask("/rest/api/3/search/jql", query | {"maxResults": 40}))["issues"]
    lists = [("comment", "comments"), ("worklog", "worklogs")]
    # Few fields, and those that the streams are cut out of: short inputs are what a fuzzer can work with.
    wanted = {"created", "updated", "project", "status", "issuelinks", "attachment", "votes", "watches"}
    for issue in found:
        fields = {name: value for name, value in issue["fields"].items() if name in wanted and value}
        for name, member in lists:
            children = issue["fields"].get(name)
            if children and children[member]:
                fields[name] = children | {member: children[member][:2]}
                raw = json.dumps(children[member][0], ensure_ascii=False)
                keep("splice", b"\xff".join([raw.encode(), b'"10001"', b'"A-1"']))
        sprints = [(name, value) for name, value in issue["fields"].items()
                   if name.startswith("customfield_") and isinstance(value, list) and value
                   and isinstance(value[0], dict) and "boardId" in value[0]]
        fields |= {"customfield_10020": value for _, value in sprints}
        issue["fields"] = fields
        if "changelog" in issue:
            issue["changelog"]["histories"] = issue["changelog"]["histories"][:2]
        for page in ({"issues": [issue], "isLast": True}, {"issues": [issue], "nextPageToken": "t", "isLast": False}):
            text = json.dumps(page, ensure_ascii=False)
            keep("issue", text)
            keep("page", "issues\n" + text)
    keep("issue", '{"issues":[{"id":"1","key":"A-1","fields":{}}],"issueErrors":[{"id":"2","errorMessages":["no"]}]}')


def sync_inputs(site):
    config = {"credentials": {"auth_type": "API Token", "email": site["email"], "api_token": site["api_token"]},
              "domain": site["url"].split("://", 1)[1].rstrip("/")}
    names = ["issues", "issue_comments", "issue_worklogs", "projects", "boards", "board_issues", "deleted_issues",
             "deleted_versions"]
    modes = ["incremental", "incremental", "full_refresh", "full_refresh", "full_refresh", "incremental", "incremental",
             "incremental"]
    catalog = {"streams": [{"stream": {"name": name, "json_schema": {}}, "sync_mode": mode, "cursor_field": [],
                            "destination_sync_mode": "append"} for name, mode in zip(names, modes)]}
    keep("catalog", json.dumps(catalog))
    keep("catalog", '{"streams":[]}')
    keep("catalog", '{"streams":[{"stream":{"name":"users","namespace":null},"sync_mode":"full_refresh"}]}')
    with tempfile.TemporaryDirectory() as work:
        for name, value in (("config", config), ("catalog", catalog)):
            Path(work, name).write_text(json.dumps(value))
        for job in (None, "7"):
            done = subprocess.run([connector, "read", "--config", f"{work}/config", "--catalog", f"{work}/catalog"],
                                  check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                  env={"WORKER_JOB_ID": job} if job else {})
            states = [json.loads(line) for line in done.stdout.splitlines() if line.startswith(b'{"type":"STATE"')]
            for state in states[-12:]:
                keep("state", json.dumps([state["state"]]))
                keep("state", json.dumps(state))


def plain_inputs():
    time, cursor = "2026-06-29T23:50:00.000+0000", {"cursor": {"updated": "2026-06-29T23:50:00.000+0000"}}
    own, backfill = {"version": 1, "site": {"host": "a.atlassian.net"}}, {"backfill": {"started": time, "created": time}}
    scope = {"projects": [10000], "observed_at": time, "conditions": {"jql": "cbf29ce484222325"}}
    states = [
        {"version": 1, "position": {"cursor": time}}, own | {"position": {"cursor": time}, "scope": scope},
        own | {"position": {"cursor": time}, "recently_sent": {"10001": 1}, "refetch": [5], "index_lag": 60000,
               "field_names": {"7": "a"}, "last_full_read": time, "last_snapshot": time},
        own | {"position": backfill, "filter": "cbf29ce484222325"},
        own | {"position": {"cursor": time}, "backfill_slice": {"condition": "project in (1)", "created": time}},
        {"version": 1, "mode": "full_refresh", "position": backfill, "job": "7"},
        {"__ab_full_refresh_sync_complete": True, "job": "7"}, {"__ab_no_cursor_state_message": True}, {"updated": time},
        {"use_global_cursor": True, "state": {"updated": time}, "lookback_window": 85},
        {"states": [{"partition": {"project_id": "1"}, **cursor}, {"partition": {}, **cursor}]},
        {"states": [cursor], "parent_state": {"issues": {"states": [cursor]}}},
    ]
    # Other kinds of streams have states of their own.
    for name, state in (
        ("board_issues", own | {"boards": {"1": {"updated": time, "recently_sent": {"10001": 1}}}, "scope": scope}),
        ("board_issues", {"states": [{"partition": {"board_id": 1}, **cursor}]}),
        ("screen_tab_fields", own | {"mode": "full_refresh", "after": "1/2", "offset": 50, "job": "7"}),
        ("deleted_worklogs", own | {"read_until": time, "recently_sent": {"10001": 1}}),
        ("deleted_versions", own | {"compared_at": time}),
        ("deleted_issues", own | {"all_sent_ids": True, "since_last_snapshot": [5], "last_snapshot": time,
                                  "last_newly_visible": time, "audit_log_until": time, "reported_audit_records": [7]}),
    ):
        keep("state", json.dumps({name: state}))
    for state in states:
        keep("state", json.dumps({"issues": state}))
        stream = {"stream_descriptor": {"name": "issues"}, "stream_state": state}
        keep("state", json.dumps([{"type": "STREAM", "stream": stream}]))
        keep("state", json.dumps({"type": "GLOBAL", "global": {"stream_states": [stream]}}))
    ways = [
        {"auth_type": "API Token", "email": "jane@example.com", "api_token": "hush-token"},
        {"auth_type": "Service Account", "service_account_token": "hush-token"},
        {"auth_type": "OAuth2.0", "client_id": "some-id", "client_secret": "hush", "refresh_token": "hush-more",
         "access_token": "hush-too", "token_expiry_date": "2026-01-31T12:00:00Z"},
        {"auth_type": "Service Account (client credentials)", "client_id": "some-id", "client_secret": "hush"},
    ]
    rest = [
        {}, {"projects": ["A", " B "], "exclude_projects": ["C"], "jql": "issuetype = Bug AND labels in (a, \"b c\")"},
        {"start_date": "2024-01-01T00:00:00Z", "updated_after": "2024-02-01T00:00:00Z",
         "updated_before": "2025-01-01T00:00:00Z", "created_after": "1969-12-31T23:59:59Z"},
        {"api_host": "gateway", "cloud_id": "11223344-a1b2-3b33-c444-def123456789", "max_concurrency": 5, "num_workers": 3},
        {"admin": {"org_id": "o", "api_key": "hush-key"}, "lookback_window_minutes": 10.0, "scan_mode": "ids"},
        {"api_host": "site"},
        {"render_fields": True, "issues_stream_expand_with": ["changelog"], "persist_tokens": False},
    ]
    for way in ways:
        for members in rest:
            keep("config", json.dumps({"credentials": way, "domain": "acme.atlassian.net", **members}))
    for domain in ("https://Acme.atlassian.net/jira/x?y#z", "http://127.0.0.1:8080/", "[::1]:80",
                   "api.atlassian.com/ex/jira/11223344-a1b2-3b33-c444-def123456789"):
        keep("config", json.dumps({"api_token": "hush-token", "email": "e@x.y", "domain": domain}))
    for record in ('{}', '{"id":1}', '{ "issueId" : null }', '{"issu\\u0065Id":2}', '[1]', '"x"'):
        keep("splice", b"\xff".join([record.encode(), b'"10001"', b'"A-1"', b'null']))
    numbers = (1_782_777_030_500).to_bytes(8, "little") * 2
    for own in ("issuetype = Bug OR labels in (a, \"b c\")", "summary ~ 'order by' AND NOT (a = b)", "sprint in openSprints()",
                "text ~ \"say \\\"hi\\\" (\"", "a is not EMPTY", ""):
        keep("jql", numbers + b"\xff".join([own.encode(), b"10000", b"AND", 'ü"\\\n'.encode()]))
    for program in (b"\x01\x03\x01\x0b\x13\x00\x1b", b"\x02\xff\x03", b"\x05\x06\x07\x0f\x17\x1f", bytes(range(1, 250, 3))):
        keep("adf", program)


plain_inputs()
with subprocess.Popen([connector, "demo", "--serve", "--issues", "60"], stdout=subprocess.PIPE, text=True) as serving:
    try:
        site = json.loads(serving.stdout.readline())
        site_inputs(site)
        sync_inputs(site)
    finally:
        serving.kill()
print("  " + ", ".join(f"{target} {count}" for target, count in sorted(counts.items())))
