"""Measures a full sync with both connectors. Started by run.sh, which says what it needs."""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from site_of import Site

HERE = Path(__file__).parent
# Enough to see whether a stream can be read at all.
SMALL = 30


class Connector:
    def __init__(self, name, command, config):
        self.name, self.command, self.config = name, command, config

    def discover(self, folder):
        output = subprocess.run(
            [*self.command, "discover", "--config", self.write(folder)], stdout=subprocess.PIPE, check=True, text=True,
            env=dict(os.environ, SITE=self.config["domain"]),
        ).stdout
        catalog = next(m for m in map(json.loads, output.split("\n")[:-1]) if m["type"] == "CATALOG")
        return {stream["name"]: stream for stream in catalog["catalog"]["streams"]}

    def write(self, folder):
        path = folder / f"{self.name}.json"
        path.write_text(json.dumps(self.config))
        return str(path)

    def read(self, site, folder, streams):
        """Reads streams in full. Answers records by stream, which of them were complete, and what it took."""
        catalog = folder / f"{self.name}.catalog.json"
        configured = [{"stream": s, "sync_mode": "full_refresh", "destination_sync_mode": "overwrite"} for s in streams]
        catalog.write_text(json.dumps({"streams": configured}))
        site.forget()
        start = time.monotonic()
        used = folder / "used.json"
        process = subprocess.Popen(
            [sys.executable, str(HERE / "used.py"), str(used), *self.command, "read", "--config", self.write(folder), "--catalog", str(catalog)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=dict(os.environ, SITE=site.domain),
        )
        records, complete = {}, set()
        for line in process.stdout:
            if line.startswith(b'{"type":"RECORD"'):
                stream = json.loads(line)["record"]["stream"]
                records[stream] = records.get(stream, 0) + 1
            elif b'"COMPLETE"' in line:
                status = json.loads(line)["trace"]["stream_status"]
                complete.add(status["stream_descriptor"]["name"])
        process.wait()
        wall = time.monotonic() - start
        counted = {"records": records, "complete": complete, "requests": site.log()["requests"], "wall": wall}
        return counted | json.loads(used.read_text())


def both(executable, site):
    ours = Connector("source-jira", [executable], site.config())
    flat = {"email": site.email, "api_token": site.token, "domain": site.domain, "start_date": "2000-01-01T00:00:00Z"}
    theirs = Connector("airbyte-source-jira", [sys.executable, str(HERE / "airbyte_source_jira.py")], flat)
    return ours, theirs


def usual(site):
    """The simulator has a few issues without `updated`, as some sites do. They end the Python connector's stream of issues, so
    the account doesn't see them here."""
    odd = [issue["id"] for issue in site.truth("issues") if not issue["fields"].get("updated")]
    site.edit(edits=[{"kind": "hide", "issue": issue} for issue in odd])
    return len(odd)


def common(executable, folder):
    """Streams that both know, and that both read to their end on a small site with at least one record; what that leaves
    out, in words; and both catalogs."""
    with Site(executable, SMALL) as site:
        usual(site)
        connectors = both(executable, site)
        catalogs = [connector.discover(folder) for connector in connectors]
        names = sorted(catalogs[0].keys() & catalogs[1].keys())
        left_out = [f"Unknown to ours: {listed(catalogs[1].keys() - set(names))}"]
        for connector, catalog in zip(connectors, catalogs):
            result = connector.read(site, folder, [catalog[name] for name in names])
            read = [name for name in names if name in result["complete"] and result["records"].get(name)]
            left_out.append(f"Incomplete or empty by {connector.name} on a site of {SMALL} issues: {listed(set(names) - set(read))}")
            names = read
    return names, left_out, catalogs


def listed(names):
    return ", ".join(sorted(names)) or "none"


def main():
    executable, issues = sys.argv[1], int(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        names, left_out, catalogs = common(executable, folder)
        with Site(executable, issues) as site:
            left_out.append(f"Hidden from both, because issues without `updated` end the Python connector's stream: {usual(site)}")
            results = [
                connector.read(site, folder, [catalog[name] for name in names])
                for connector, catalog in zip(both(executable, site), catalogs)
            ]
            seen = len(site.truth("issues"))
    print(report(executable, names, left_out, results, seen))


def report(executable, names, left_out, results, issues):
    ours = subprocess.run([executable, "--version"], stdout=subprocess.PIPE, text=True).stdout.strip()
    titles = [ours, f"airbyte-source-jira {version('airbyte-source-jira')} (CDK {version('airbyte-cdk')})"]
    lines = [
        f"A full sync of {len(names)} streams that both know, {issues} issues, on {machine()}. Both against the same simulator, one",
        "after the other, each with its default concurrency. The Python connector's wheel asks a search endpoint that Atlassian has",
        "removed: its manifest is run with the current one (airbyte_source_jira.py).",
        "",
        "| | Requests | Wall | CPU | Peak memory | Records |",
        "|---|---|---|---|---|---|",
    ]
    for title, result in zip(titles, results):
        total = sum(result["records"].values())
        lines.append(
            f"| {title} | {result['requests']:,} | {result['wall']:.1f} s | {result['cpu']:.1f} s | {result['memory']:.0f} MB | {total:,} |"
        )
    ratio = results[1]["requests"] / results[0]["requests"]
    lines += ["", f"{ratio:.1f} times as many requests. Streams: {', '.join(names)}."]
    for name in names:
        counts = [result["records"].get(name, 0) for result in results]
        if counts[0] != counts[1]:
            lines.append(f"- {name}: {counts[0]:,} and {counts[1]:,} records")
    for title, result in zip(titles, results):
        if missing := [name for name in names if name not in result["complete"]]:
            lines.append(f"- {title} did not complete {listed(missing)}")
    return "\n".join(lines + [f"- {reason}" for reason in left_out])


def machine():
    model = next((l.split(": ")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} × {model}, {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}"


main()
