//! Users with their groups and application roles, and the members of groups.

use serde_json::{Value, json};

use crate::api::people::detailed;
use crate::site::Site;
use crate::site::catalog::Group;

/// All users with their groups and application roles.
pub(super) fn detailed_users(site: &Site) -> Vec<Value> {
    (0..site.catalog.users.len() as u32).map(|place| detailed(site, place)).collect()
}

/// The members of each group, inactive users included.
pub(super) fn group_members(site: &Site) -> Vec<Value> {
    let member = |group: &Group, place: u32| {
        let mut body = site.catalog.users[place as usize].body.clone();
        body["groupId"] = json!(group.id);
        body
    };
    site.catalog.groups.iter().flat_map(|group| group.members.iter().map(move |place| member(group, *place))).collect()
}
