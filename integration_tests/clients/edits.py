"""A day's work on the simulated site: edits of each kind that a sync must notice, and that its truth shows at once."""

SHORT_OF_THE_FEED = 120


def a_days_work(site):
    """Makes the edits and lets two minutes pass, because Jira's feed of worklogs leaves out the last one."""
    comments, worklogs, attachments = (distinct(site.truth(entity)) for entity in ("comments", "worklogs", "attachments"))
    version, component, sprint = (site.truth(entity)[0] for entity in ("versions", "components", "sprints"))
    issues = [issue["key"] for issue in site.truth("issues") if issue["key"].startswith("CORE-") and alone(issue)]
    wanted = [
        {"kind": "set_field", "issue": issues[0], "field": "summary", "value": "Edited between two syncs"},
        {"kind": "add_comment", "issue": issues[1], "text": "A comment between two syncs"},
        {"kind": "add_worklog", "issue": issues[2], "seconds": 5400},
        {"kind": "transition", "issue": issues[3]},
        {"kind": "attach", "issue": issues[4], "name": "between.txt"},
        {"kind": "create", "project": "CORE", "summary": "Made between two syncs"},
        {"kind": "edit_comment", "issue": comments[0]["issueId"], "comment": comments[0]["id"]},
        {"kind": "delete_comment", "issue": comments[1]["issueId"], "comment": comments[1]["id"]},
        {"kind": "delete_worklog", "issue": worklogs[0]["issueId"], "worklog": worklogs[0]["id"]},
        {"kind": "delete_attachment", "issue": attachments[0]["issueId"], "attachment": attachments[0]["id"]},
        {"kind": "delete", "issue": issues[-1]},
        {"kind": "move", "issue": issues[-2], "project": "AND"},
        {"kind": "rename_project", "project": "AND", "name": "Renamed between two syncs"},
        {"kind": "delete_version", "project": str(version["projectId"]), "version": version["id"]},
        {"kind": "delete_component", "project": component["project"], "component": component["id"]},
        {"kind": "delete_sprint", "sprint": sprint["id"]},
    ]
    done = site.edit(edits=wanted)
    site.advance(SHORT_OF_THE_FEED)
    return done


def alone(issue):
    """Sub-tasks go along when an issue is deleted, and keep it from being moved."""
    return not issue["fields"].get("subtasks") and not issue["fields"].get("parent")


def distinct(children):
    """One child of each issue."""
    return list({child["issueId"]: child for child in children}.values())
