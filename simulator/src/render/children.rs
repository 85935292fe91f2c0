//! The children of an issue: comments, worklogs, histories, attachments, transitions, remote links.

use super::Renderer;
use super::system::duration;
use crate::json::Json;
use crate::site::issue::{Attachment, Audience, Comment, History, Issue, Item, RemoteLink, Worklog};
use crate::time::Millis;

impl Renderer<'_> {
    /// The embedded list of comments: the newest ones, in order; `startAt` is the offset of the first of them.
    pub(super) fn comment_page(&self, json: &mut Json, issue: &Issue) {
        let visible: Vec<&Comment> = readable(issue).collect();
        let start = visible.len().saturating_sub(self.caps.comments);
        json.object(|json| {
            json.key("comments").array(|json| visible[start..].iter().for_each(|one| self.comment(json, issue, one)));
            json.key("self").plain(format_args!("{}/rest/api/3/issue/{}/comment", self.base(), issue.indexed.id));
            json.key("maxResults").number((visible.len() - start) as i64);
            json.key("total").number(visible.len() as i64);
            json.key("startAt").number(start as i64);
        });
    }

    /// The embedded list of worklogs: the oldest ones.
    pub(super) fn worklog_page(&self, json: &mut Json, issue: &Issue) {
        let shown = &issue.worklogs[..issue.worklogs.len().min(self.caps.worklogs)];
        json.object(|json| {
            json.key("startAt").number(0);
            json.key("maxResults").number(20);
            json.key("total").number(issue.worklogs.len() as i64);
            json.key("worklogs").array(|json| shown.iter().for_each(|one| self.worklog(json, issue, one)));
        });
    }

    /// The embedded history: the newest entries, newest first.
    pub(super) fn changelog(&self, json: &mut Json, issue: &Issue) {
        let shown = issue.histories.len().min(self.caps.histories);
        json.object(|json| {
            json.key("startAt").number(0);
            json.key("maxResults").number(shown as i64);
            json.key("total").number(issue.histories.len() as i64);
            json.key("histories").array(|json| {
                issue.histories.iter().rev().take(shown).for_each(|one| self.history(json, one, Self::stamp));
            });
        });
    }

    pub(crate) fn comment(&self, json: &mut Json, issue: &Issue, comment: &Comment) {
        let id = comment.id;
        json.object(|json| {
            json.key("self").plain(format_args!("{}/rest/api/3/issue/{}/comment/{id}", self.base(), issue.indexed.id));
            json.key("id").plain(format_args!("{id}"));
            if comment.author.is_some() {
                json.key("author");
                self.user(json, comment.author);
            }
            json.key("body");
            comment.text.document(json);
            if comment.editor.is_some() {
                json.key("updateAuthor");
                self.user(json, comment.editor);
            }
            json.key("created");
            self.stamp(json, comment.created);
            json.key("updated");
            self.stamp(json, comment.updated);
            match comment.audience {
                Audience::Everyone => {}
                Audience::Colleagues => json
                    .key("visibility")
                    .raw("{\"type\":\"role\",\"value\":\"Developers\",\"identifier\":\"Developers\"}"),
                Audience::Others => json
                    .key("visibility")
                    .raw("{\"type\":\"role\",\"value\":\"Administrators\",\"identifier\":\"Administrators\"}"),
            }
            json.key("jsdPublic").bool(comment.public);
        });
    }

    pub(crate) fn worklog(&self, json: &mut Json, issue: &Issue, worklog: &Worklog) {
        let (id, issue_id) = (worklog.id, issue.indexed.id);
        json.object(|json| {
            json.key("self").plain(format_args!("{}/rest/api/3/issue/{issue_id}/worklog/{id}", self.base()));
            for name in ["author", "updateAuthor"] {
                if worklog.author.is_some() {
                    json.key(name);
                    self.user(json, worklog.author);
                }
            }
            if let Some(text) = &worklog.text {
                json.key("comment");
                text.document(json);
            }
            for (name, at) in [("created", worklog.created), ("updated", worklog.updated), ("started", worklog.started)]
            {
                json.key(name);
                self.stamp(json, at);
            }
            json.key("timeSpent").string(&duration(worklog.seconds));
            json.key("timeSpentSeconds").number(worklog.seconds);
            json.key("id").plain(format_args!("{id}"));
            json.key("issueId").plain(format_args!("{issue_id}"));
        });
    }

    /// One history entry; bulk responses write its time as a number, others as text.
    pub(crate) fn history(&self, json: &mut Json, history: &History, moment: impl Fn(&Self, &mut Json, Millis)) {
        json.object(|json| {
            json.key("id").plain(format_args!("{}", history.id));
            if history.author.is_some() {
                json.key("author");
                self.user(json, history.author);
            }
            json.key("created");
            moment(self, json, history.created);
            json.key("items").array(|json| history.items.iter().for_each(|one| item(json, one)));
        });
    }

    pub(super) fn attachment(&self, json: &mut Json, file: &Attachment) {
        let id = file.id;
        json.object(|json| {
            json.key("self").plain(format_args!("{}/rest/api/3/attachment/{id}", self.base()));
            json.key("id").plain(format_args!("{id}"));
            json.key("filename").string(&file.name);
            json.key("author");
            self.user(json, file.author);
            json.key("created");
            self.stamp(json, file.created);
            json.key("size").number(file.size as i64);
            json.key("mimeType").string(file.kind);
            json.key("content").plain(format_args!("{}/rest/api/3/attachment/content/{id}", self.base()));
            if file.kind.starts_with("image/") {
                json.key("thumbnail").plain(format_args!("{}/rest/api/3/attachment/thumbnail/{id}", self.base()));
            }
        });
    }

    /// A transition to every other status of the project.
    pub(crate) fn transitions(&self, json: &mut Json, issue: &Issue) {
        let catalog = &self.site.catalog;
        let statuses = &catalog.projects[issue.indexed.project as usize].statuses;
        json.array(|json| {
            for (number, place) in
                statuses.iter().enumerate().filter(|(_, place)| **place != u32::from(issue.indexed.status))
            {
                let status = &catalog.statuses[*place as usize];
                json.object(|json| {
                    json.key("id").plain(format_args!("{}", (number + 1) * 10 + 1));
                    json.key("name").string(&status.name);
                    json.key("to").raw(&status.inside);
                    json.key("hasScreen").bool(false);
                    json.key("isGlobal").bool(true);
                    json.key("isInitial").bool(false);
                    json.key("isAvailable").bool(true);
                    json.key("isConditional").bool(false);
                    json.key("isLooped").bool(false);
                });
            }
        });
    }

    pub(crate) fn remote_link(&self, json: &mut Json, issue: &Issue, link: &RemoteLink) {
        json.object(|json| {
            json.key("id").number(link.id as i64);
            let key = self.site.key(&issue.indexed);
            json.key("self").plain(format_args!("{}/rest/api/3/issue/{key}/remotelink/{}", self.base(), link.id));
            if link.id.is_multiple_of(2) {
                json.key("globalId").plain(format_args!("system=https://git.example.com&id={}", link.id));
                json.key("relationship").raw("\"mentioned on\"");
            }
            json.key("application").raw("{}");
            json.key("object").object(|json| {
                json.key("url").string(&link.url);
                json.key("title").string(&link.title);
                json.key("icon").raw("{}");
                json.key("status").raw("{\"resolved\":false,\"icon\":{}}");
            });
        });
    }
}

/// The comments that the account may view.
pub(crate) fn readable(issue: &Issue) -> impl Iterator<Item = &Comment> {
    issue.comments.iter().filter(|comment| comment.audience != Audience::Others)
}

fn item(json: &mut Json, item: &Item) {
    json.object(|json| {
        json.key("field").string(&item.field);
        json.key("fieldtype").raw(if item.custom { "\"custom\"" } else { "\"jira\"" });
        if let Some(id) = &item.field_id {
            json.key("fieldId").string(id);
        }
        for (name, value) in
            [("from", &item.from), ("fromString", &item.from_string), ("to", &item.to), ("toString", &item.to_string)]
        {
            match value {
                Some(value) => json.key(name).string(value),
                None => json.key(name).null(),
            }
        }
    });
}
