"""A simulated Jira Cloud, served by the connector's own executable, with its controls (see simulator/README.md)."""

import json
import os
import subprocess
import urllib.error
import urllib.request


def control(url, method, path, body=None):
    """Asks or steers the simulated site at this address; the answer's text."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{url}/_sim/{path}", data, method=method)
    try:
        with urllib.request.urlopen(request) as reply:
            return reply.read().decode()
    except urllib.error.HTTPError as refusal:
        raise SystemExit(f"{method} /_sim/{path}: {refusal.read().decode()}") from refusal


def truth(url, entity):
    """All rows that the account may see, complete."""
    # Texts hold U+2028, which `splitlines` takes for the end of a line.
    return [json.loads(line) for line in control(url, "GET", f"truth/{entity}").split("\n") if line]


class Site:
    """Serves from the moment it is made until `close`; the same seed makes the same site."""

    def __init__(self, executable, issues, seed=1):
        self.process = subprocess.Popen(
            [executable, "demo", "--serve", "--issues", str(issues), "--seed", str(seed)],
            stdout=subprocess.PIPE, text=True,
        )
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"`{executable} demo --serve` did not come up (exit code {self.process.wait()})")
        site = json.loads(line)
        self.url, self.domain = site["url"].rstrip("/"), site["domain"]
        self.email, self.token = site["email"], site["api_token"]
        # The simulator plays Atlassian's own hosts, too.
        os.environ.update(ATLASSIAN_API_URL=self.url, ATLASSIAN_AUTH_URL=self.url)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.process.kill()
        self.process.wait()

    def config(self, token=None):
        credentials = {"auth_type": "API Token", "email": self.email, "api_token": token or self.token}
        return {"credentials": credentials, "domain": self.domain}

    def control(self, method, path, body=None):
        return control(self.url, method, path, body)

    def truth(self, entity):
        return truth(self.url, entity)

    def edit(self, **what):
        """`count` and `seed` for random edits, or `edits`."""
        return json.loads(self.control("POST", "edits", what))["edits"]

    def advance(self, seconds):
        self.control("PUT", "clock", {"advance_seconds": seconds})

    def log(self):
        """Requests since the last `forget`, by route."""
        return json.loads(self.control("GET", "log"))

    def forget(self):
        self.control("DELETE", "log")
