//! Which of the sites that the consent covers is meant.

use super::{lines::Lines, refusals, words};
use crate::{client::sign_in::sites::Reached, commands::human, config::Site, protocol::Failure};

/// The site that the command line names.
pub fn wanted(text: &str) -> Result<Site, Failure> {
    text.parse().map_err(|problem| Failure::config(format!("--site {problem}.")))
}

/// The one that is wanted; without a wish, the only one, or whichever a person picks.
pub async fn choose(reached: Vec<Reached>, wanted: Option<&Site>, lines: &mut Lines) -> Result<Reached, Failure> {
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

async fn picked(reached: &[Reached], lines: &mut Lines) -> Result<Reached, Failure> {
    human::say(&words::which_site(reached));
    while let Some(line) = lines.next().await {
        let number = line.trim().parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        if let Some(site) = number.and_then(|number| reached.get(number)) {
            return Ok(site.clone());
        }
        human::say(&format!("Type a number from 1 to {}, and press Enter.", reached.len()));
    }
    Err(refusals::several_sites(reached))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_person_picks_by_number() {
        let site = |name: &str| Reached { id: name.to_owned(), url: format!("https://{name}.atlassian.net") };
        let reached = vec![site("acme"), site("beta")];
        let mut lines = Lines::typed(&["", "beta", "0", "3", " 2 \n"]);
        assert_eq!(choose(reached.clone(), None, &mut lines).await, Ok(site("beta")));
        let failure = choose(reached.clone(), None, &mut lines).await.unwrap_err();
        assert!(failure.message.contains("--site"), "{failure}");
        // A wish or a single site asks nobody.
        let wanted = wanted("https://ACME.atlassian.net/jira").unwrap();
        assert_eq!(choose(reached, Some(&wanted), &mut lines).await, Ok(site("acme")));
        assert_eq!(choose(vec![site("beta")], None, &mut lines).await, Ok(site("beta")));
    }
}
