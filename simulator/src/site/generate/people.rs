//! Generates users and groups.

use serde_json::{Value, json};

use crate::random::{Random, mix};
use crate::site::catalog::{Catalog, Group, Place, User};
use crate::site::options::SiteOptions;
use crate::text;

/// About every tenth account is special; the first three are ordinary so that small sites have authors.
enum Sort {
    Person,
    Inactive,
    App,
    Customer,
    /// A deleted account: only the ID remains. (Jira's guide to deleted accounts.)
    Anonymised,
}

fn sort(number: u32) -> Sort {
    match number % 12 {
        4 => Sort::Inactive,
        6 => Sort::App,
        8 => Sort::Customer,
        11 => Sort::Anonymised,
        _ => Sort::Person,
    }
}

pub(super) fn people(catalog: &mut Catalog, options: &SiteOptions) {
    for number in 0..options.users.max(1) {
        catalog.users.push(user(&catalog.base_url, options.seed, number));
    }
    let names =
        ["site-admins", "jira-users-simulator", "jira-administrators", "jira-servicemanagement-users-simulator"];
    for number in 0..55_u64 {
        let mut random = Random::of(options.seed, 21, number);
        let name = names.get(number as usize).map_or_else(|| format!("team-{number:02}"), |name| (*name).to_string());
        let share = if number == 1 { 1000 } else { 20 + random.below(200) };
        let members = (0..catalog.users.len() as Place).filter(|_| random.in_thousand(share)).collect();
        catalog.groups.push(Group { id: uuid(&mut random), name, members });
    }
}

fn user(base: &str, seed: u64, number: u32) -> User {
    let mut random = Random::of(seed, 20, u64::from(number));
    let sort = sort(number);
    let mut account_id = match sort {
        Sort::App => format!("557058:{}", uuid(&mut random)),
        Sort::Customer => format!("qm:{}:{}", uuid(&mut random), uuid(&mut random)),
        _ => format!("5f{:022x}", u128::from(mix(random.next())) << 16),
    };
    let mut name = text::person(&mut random);
    if number == 0 {
        account_id = "5f0000000000000000000001".into();
        name = "Sim Account".into();
    }
    let active = !matches!(sort, Sort::Inactive | Sort::Anonymised);
    let address = format!("{base}/rest/api/3/user?accountId={account_id}");
    if matches!(sort, Sort::Anonymised) {
        let body = json!({"self": address, "accountId": account_id, "accountType": "unknown", "active": false,
            "displayName": "Former user", "avatarUrls": avatars("FU", 0)});
        // Within issues only the ID and the placeholder name remain.
        let inside = json!({"self": address, "accountId": account_id, "displayName": "Former user", "active": false});
        return User { account_id, active, name: "Former user".into(), inside: inside.to_string(), body };
    }
    let kind = match sort {
        Sort::App => "app",
        Sort::Customer => "customer",
        _ => "atlassian",
    };
    let initials: String = name.split(' ').filter_map(|part| part.chars().find(|c| c.is_ascii_uppercase())).collect();
    let zone = ["Europe/Berlin", "America/New_York", "Etc/UTC", "Asia/Kolkata"][number as usize % 4];
    let mut body = json!({"self": address, "accountId": account_id, "accountType": kind, "active": active,
        "displayName": name, "avatarUrls": avatars(&initials, number % 7), "timeZone": zone});
    // The email address is present only if the user's profile allows it.
    if !number.is_multiple_of(3) && kind == "atlassian" {
        body["emailAddress"] = Value::String(format!("user{number}@example.com"));
    }
    let inside = body.to_string();
    body["locale"] = json!("en_US");
    User { account_id, active, name, inside, body }
}

fn avatars(initials: &str, number: u32) -> Value {
    let at = |size: u32| {
        format!(
            "https://avatar-management--avatars.us-west-2.prod.public.atl-paas.net/initials/{initials}-{number}.png?size={size}&s={size}"
        )
    };
    json!({"48x48": at(48), "24x24": at(24), "16x16": at(16), "32x32": at(32)})
}

/// Letters and digits in the form of a UUID.
pub(super) fn uuid(random: &mut Random) -> String {
    let (a, b) = (random.next(), random.next());
    format!("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", a >> 32, a >> 16 & 0xffff, a & 0xffff, b >> 48, b & 0xffff_ffff_ffff)
}
