//! `login`: from the consent page to a config that works, and what is said when it does not come to that.

use super::{
    harness::listed,
    login_site::{Login, LoginSite, SECRET, comparable},
};
use crate::support::{Site, browser};
use jira_simulator::Scenario;
use serde_json::json;
use std::net::TcpListener;

fn as_it_is(_: &str, value: String) -> String {
    value
}

#[test]
fn a_consent_becomes_a_config_that_works() {
    let setup = LoginSite::new(&[]);
    let mut login = setup.start(&[]);
    let consent = login.consent();
    let steps = comparable(&setup, &login.reported.replace(&consent, "[CONSENT]"));
    insta::assert_snapshot!("login_steps", steps);
    for wanted in ["audience=api.atlassian.com", "prompt=consent", "response_type=code", "offline_access"] {
        assert!(consent.contains(wanted), "{consent}");
    }
    // What else a browser asks for does no harm.
    assert_eq!(browser::get(&format!("http://localhost:{}/favicon.ico", setup.port)).status, 404);
    let lost = browser::get(&format!("{}/?code=hush", setup.callback()));
    assert!(lost.status == 404 && lost.body.contains(&setup.callback()), "{lost:?}");
    let back = browser::get(&browser::decide(&consent, "accept", as_it_is));
    assert!(back.status == 200 && back.body.contains("You may close this window"), "{back:?}");
    insta::assert_snapshot!("login_succeeds", login.end(&setup, 0));

    let mut written = setup.written();
    let credentials = written["credentials"].as_object_mut().expect("credentials");
    for name in ["refresh_token", "access_token", "token_expiry_date"] {
        assert!(
            credentials.remove(name).is_some_and(|value| value.as_str().is_some_and(|text| text.len() > 9)),
            "{name}"
        );
    }
    assert_eq!(
        written,
        json!({
            "credentials": {
                "auth_type": "OAuth2.0", "client_id": "simulated-client", "client_secret": SECRET,
                "cloud_id": setup.site.cloud_id(),
            },
            "domain": setup.site.host(),
        })
    );
    assert_private(&setup);
    let mut check = setup.site.command(&["check", "--config", "config.json"]);
    check.env("ATLASSIAN_API_URL", setup.site.url()).env("ATLASSIAN_AUTH_URL", setup.site.url());
    let checked = crate::support::Output::of(check);
    assert!(checked.stdout.contains("\"SUCCEEDED\""), "{}", checked.stdout);
}

#[cfg(unix)]
fn assert_private(setup: &LoginSite) {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(setup.config()).expect("a config").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{mode:o}");
}

#[cfg(not(unix))]
fn assert_private(_: &LoginSite) {}

#[test]
fn a_config_that_is_there_keeps_its_other_members() {
    let setup = LoginSite::new(&[]);
    let before = json!({
        "credentials": {"auth_type": "API Token", "email": "e@x.y", "api_token": "old"}, "domain": "old.atlassian.net",
        "cloud_id": "11223344-a1b2-3b33-c444-def123456789", "projects": ["CORE"], "mine": {"x": [1]},
    });
    let path = setup.site.file("config.json", before.to_string());
    #[cfg(unix)]
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).expect("own file");
    let secret = setup.site.file("secret.txt", format!("{SECRET}\n"));
    let mut login = setup.start(&["--client-secret-file", &secret.display().to_string()]);
    let address = browser::decide(&login.consent(), "accept", as_it_is);
    login.paste("\nwhat now?");
    login.line("That is not an address");
    login.paste(&format!("  {address}  "));
    insta::assert_snapshot!("login_completes", login.end(&setup, 0));
    let written = setup.written();
    assert_eq!((&written["projects"], &written["mine"]), (&before["projects"], &before["mine"]));
    assert_eq!((written.get("cloud_id"), &written["domain"]), (None, &json!(setup.site.host())));
    assert_eq!(written["credentials"].get("email"), None);
    assert_private(&setup);

    // Again with the config as it is now, without a user at the keyboard, and with a token endpoint that fails first.
    setup.scenario(&format!("{}[[fault]]\nroute = \"/oauth/token\"\nfirst = 1\nkind = \"503\"", setup.sites));
    let mut again = setup.command(&[]);
    again.env_remove("SOURCE_JIRA_CLIENT_SECRET");
    let mut login = Login::start(again);
    drop(login.child.stdin.take());
    browser::get(&browser::decide(&login.consent(), "accept", as_it_is));
    insta::assert_snapshot!("login_again", login.end(&setup, 0));
    assert_ne!(setup.written()["credentials"]["refresh_token"], written["credentials"]["refresh_token"]);
}

#[test]
fn a_consent_that_comes_to_nothing_says_why() {
    let mut rows = Vec::new();
    let mut row = |case: &'static str, bring: &dyn Fn(&LoginSite, &mut Login)| {
        let setup = LoginSite::new(&[]);
        let mut login = setup.start(&[]);
        bring(&setup, &mut login);
        rows.push((case, login.end(&setup, 1)));
        assert!(!setup.config().exists(), "{case}");
    };
    row("denied", &|_, login| {
        let page = browser::get(&browser::decide(&login.consent(), "deny", as_it_is));
        assert!(page.status == 400 && page.body.contains("denied"), "{page:?}");
    });
    row("no code", &|setup, login| {
        let consent = login.consent();
        let state = consent.split(['?', '&']).find(|pair| pair.starts_with("state=")).expect("a state");
        browser::get(&format!("{}?{state}", setup.callback()));
    });
    row("a code that was used, or is too old", &|setup, login| {
        let consent = login.consent();
        let state = consent.split(['?', '&']).find(|pair| pair.starts_with("state=")).expect("a state");
        login.paste(&format!("{}?code=hush&{state}", setup.callback()));
    });
    row("without offline_access", &|_, login| {
        let without =
            |name: &str, value: String| if name == "scope" { value.replace("offline_access", "") } else { value };
        browser::get(&browser::decide(&login.consent(), "accept", without));
    });
    row("another callback pasted", &|_, login| {
        let address = browser::decide(&login.consent(), "accept", as_it_is);
        login.paste(&address.replace("http://localhost", "https://127.0.0.1").replace("/callback", "/callback/"));
    });
    row("no site", &|setup, login| {
        setup.scenario("sites = []");
        browser::get(&browser::decide(&login.consent(), "accept", as_it_is));
    });
    insta::assert_snapshot!("login_fails", listed(&rows));
}

/// The callback is open to every page that the browser shows meanwhile.
#[test]
fn only_an_answer_with_its_state_ends_the_wait() {
    let setup = LoginSite::new(&[]);
    let mut login = setup.start(&[]);
    let consent = login.consent();
    let state = consent.split(['?', '&']).find(|pair| pair.starts_with("state=")).expect("a state");
    for (address, status) in [
        (format!("{}?code=hush&state=other", setup.callback()), 400),
        (format!("{}?code=hush", setup.callback()), 400),
        (format!("{}?error=access_denied", setup.callback()), 400),
        (format!("{}?error=access_denied&state=", setup.callback()), 400),
        (format!("{}/?error=access_denied&{state}", setup.callback()), 404),
        (format!("http://localhost:{}/?code=hush&{state}", setup.port), 404),
    ] {
        let page = browser::get(&address);
        assert_eq!(page.status, status, "{address}: {page:?}");
    }
    // More than are worth a line.
    for _ in 0..30 {
        browser::get(&format!("{}?code=hush&state=flood", setup.callback()));
    }
    browser::get(&browser::decide(&consent, "accept", as_it_is));
    let reported = login.end(&setup, 0);
    assert!(setup.config().exists() && !reported.contains("hush"), "{reported}");
    assert_eq!(reported.matches("Still waiting.").count(), 10, "{reported}");
    assert!(
        reported.contains("belongs to another login") && reported.contains("redirected to /callback/"),
        "{reported}"
    );
}

#[test]
fn a_wrong_secret_is_named_by_its_place() {
    let setup = LoginSite::new(&[]);
    let secret = setup.site.file("secret.txt", "hush-hush");
    let mut login = setup.start(&["--client-secret-file", &secret.display().to_string()]);
    browser::get(&browser::decide(&login.consent(), "accept", as_it_is));
    let reported = login.end(&setup, 1);
    assert!(!reported.contains("hush-hush") && !setup.config().exists(), "{reported}");
    insta::assert_snapshot!("login_wrong_secret", reported);
}

#[test]
fn of_several_sites_one_is_chosen() {
    let other = ("11223344-a1b2-3b33-c444-def123456789", "https://acme.atlassian.net");
    let mut rows = Vec::new();
    for (case, arguments, code) in [
        ("no --site", &[][..], 1),
        ("another --site", &["--site", "beta.atlassian.net"], 1),
        ("the right --site", &["--site", "http://127.0.0.1/jira"], 0),
    ] {
        // Atlassian lists a site once for each product.
        let setup = LoginSite::new(&[other, other]);
        let mut login = setup.start(arguments);
        browser::get(&browser::decide(&login.consent(), "accept", as_it_is));
        rows.push((case, login.end(&setup, code)));
        assert_eq!(setup.config().exists(), code == 0, "{case}");
    }
    insta::assert_snapshot!("login_sites", listed(&rows));
}

#[test]
fn scopes_that_the_app_lacks_are_named() {
    let setup = LoginSite::new(&[]);
    setup.scenario(&format!("app_scopes = [\"read:jira-work\"]\n{}", setup.sites));
    let mut login = setup.start(&[]);
    browser::get(&browser::decide(&login.consent(), "accept", as_it_is));
    insta::assert_snapshot!("login_fewer_scopes", login.end(&setup, 0));
}

#[test]
fn a_callback_that_is_not_registered_is_named_after_the_time_out() {
    let setup = LoginSite::new(&[]);
    let other = format!("[sign_in]\ncallback = \"{}/\"", setup.callback());
    setup.site.set_scenario(Scenario::parse(&other).expect("a valid scenario"));
    let mut login = setup.start(&["--timeout", "1"]);
    let page = browser::get(&login.consent());
    assert!(page.status == 400 && page.body.contains("redirect_uri"), "{page:?}");
    insta::assert_snapshot!("login_timeout", login.end(&setup, 1));
}

#[test]
fn faults_of_this_machine_are_reported_before_the_browser_opens() {
    let setup = LoginSite::new(&[]);
    setup.site.file("list.json", "[1]");
    setup.site.file("broken.json", "{");
    setup.site.file("faulty.json", "{\"projects\": \"CORE\"}");
    setup.site.file("empty.txt", " ");
    let without_secret = || {
        let mut command = setup.command(&[]);
        command.env_remove("SOURCE_JIRA_CLIENT_SECRET");
        Login::start(command).end(&setup, 1)
    };
    let without_id = || {
        let mut command = setup.site.command(&["login", "--no-browser"]);
        command.env_remove("SOURCE_JIRA_CLIENT_ID").env_remove("SOURCE_JIRA_CLIENT_SECRET");
        Login::start(command).end(&setup, 1)
    };
    let in_use = TcpListener::bind(("127.0.0.1", setup.port)).expect("a free port");
    let rows = [
        ("the port is in use", setup.fails(&[])),
        ("no such folder", setup.fails(&["--config", "nowhere/config.json"])),
        ("a folder", setup.fails(&["--config", "."])),
        ("not an object", setup.fails(&["--config", "list.json"])),
        ("not JSON", setup.fails(&["--config", "broken.json"])),
        ("other members have a fault", setup.fails(&["--config", "faulty.json"])),
        ("an unknown stream", setup.fails(&["--streams", "issue,users"])),
        ("a site that is none", setup.fails(&["--site", "acme"])),
        ("no file for the secret", setup.fails(&["--client-secret-file", "nowhere.txt"])),
        ("an empty file for the secret", setup.fails(&["--client-secret-file", "empty.txt"])),
        ("no secret", without_secret()),
        ("no client ID", without_id()),
    ];
    drop(in_use);
    assert!(!setup.config().exists());
    insta::assert_snapshot!("login_early", listed(&rows));
}

#[test]
fn scopes_are_printed_for_scripts() {
    let site = Site::new(1, 1, "");
    let output = site.command(&["scopes", "--streams", "issues, sprints"]).output().expect("the executable starts");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    insta::assert_snapshot!("scopes", format!("{stdout}--- stderr\n{stderr}"));
    let unknown = site.command(&["scopes", "--streams", "isues"]).output().expect("the executable starts");
    assert_eq!((unknown.status.code(), unknown.stdout.len()), (Some(1), 0));
}
