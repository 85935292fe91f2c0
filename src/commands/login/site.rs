//! Selects one of the sites that the consent covers.

use super::{lines::Lines, messages, refusals};
use crate::{client::sign_in::sites::AccessibleSite, commands::console, config::Site, protocol::Failure};

/// Parses the value of --site.
pub(super) fn wanted(text: &str) -> Result<Site, Failure> {
    text.parse().map_err(|problem| Failure::config(format!("--site {problem}.")))
}

/// The site of --site; without it, the only site, or the one that a person picks.
pub(super) async fn choose(
    reached: Vec<AccessibleSite>,
    wanted: Option<&Site>,
    lines: &mut Lines,
) -> Result<AccessibleSite, Failure> {
    if reached.is_empty() {
        return Err(refusals::no_site());
    }
    if let Some(wanted) = wanted {
        let found = reached.iter().find(|site| site.host().eq_ignore_ascii_case(wanted.host()));
        return found.cloned().ok_or_else(|| refusals::other_sites(wanted.host(), &reached));
    }
    match reached.as_slice() {
        [only] => Ok(only.clone()),
        _ if lines.terminal => picked(&reached, lines).await,
        _ => Err(refusals::several_sites(&reached)),
    }
}

async fn picked(reached: &[AccessibleSite], lines: &mut Lines) -> Result<AccessibleSite, Failure> {
    console::say(&messages::which_site(reached));
    while let Some(line) = lines.next().await {
        let number = line.trim().parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        if let Some(site) = number.and_then(|number| reached.get(number)) {
            return Ok(site.clone());
        }
        console::say(&format!("Type a number from 1 to {} and press Enter.", reached.len()));
    }
    Err(refusals::several_sites(reached))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_person_picks_by_number() {
        let site = |name: &str| AccessibleSite { id: name.to_owned(), url: format!("https://{name}.atlassian.net") };
        let reached = vec![site("acme"), site("beta")];
        let mut lines = Lines::typed(&["", "beta", "0", "3", " 2 \n"]);
        assert_eq!(choose(reached.clone(), None, &mut lines).await, Ok(site("beta")));
        let failure = choose(reached.clone(), None, &mut lines).await.unwrap_err();
        assert!(failure.message.contains("--site"), "{failure}");
        // With --site, or with a single site, there is no prompt.
        let wanted = wanted("https://ACME.atlassian.net/jira").unwrap();
        assert_eq!(choose(reached, Some(&wanted), &mut lines).await, Ok(site("acme")));
        assert_eq!(choose(vec![site("beta")], None, &mut lines).await, Ok(site("beta")));
    }
}
