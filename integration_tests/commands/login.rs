//! `login`: from the consent page to a config that works, and what is said when it does not come to that.

use super::{
    bench::listed,
    stage::{Login, SECRET, Stage, comparable},
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
    let stage = Stage::new(&[]);
    let mut login = stage.start(&[]);
    let consent = login.consent();
    let steps = comparable(&stage, &login.told.replace(&consent, "[CONSENT]"));
    insta::assert_snapshot!("login_steps", steps);
    for wanted in ["audience=api.atlassian.com", "prompt=consent", "response_type=code", "offline_access"] {
        assert!(consent.contains(wanted), "{consent}");
    }
    // What else a browser asks for does no harm.
    assert_eq!(browser::get(&format!("http://localhost:{}/favicon.ico", stage.port)).status, 404);
    let lost = browser::get(&format!("{}/?code=hush", stage.callback()));
    assert!(lost.status == 404 && lost.body.contains(&stage.callback()), "{lost:?}");
    let back = browser::get(&browser::decide(&consent, "accept", as_it_is));
    assert!(back.status == 200 && back.body.contains("you may close this window"), "{back:?}");
    insta::assert_snapshot!("login_succeeds", login.end(&stage, 0));

    let mut written = stage.written();
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
                "cloud_id": stage.site.cloud_id(),
            },
            "domain": stage.site.host(),
        })
    );
    assert_private(&stage);
    let mut check = stage.site.command(&["check", "--config", "config.json"]);
    check.env("ATLASSIAN_API_URL", stage.site.url()).env("ATLASSIAN_AUTH_URL", stage.site.url());
    let checked = crate::support::Output::of(check);
    assert!(checked.stdout.contains("\"SUCCEEDED\""), "{}", checked.stdout);
}

#[cfg(unix)]
fn assert_private(stage: &Stage) {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(stage.config()).expect("a config").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{mode:o}");
}

#[cfg(not(unix))]
fn assert_private(_: &Stage) {}

#[test]
fn a_config_that_is_there_keeps_its_other_members() {
    let stage = Stage::new(&[]);
    let before = json!({
        "credentials": {"auth_type": "API Token", "email": "e@x.y", "api_token": "old"}, "domain": "old.atlassian.net",
        "cloud_id": "11223344-a1b2-3b33-c444-def123456789", "projects": ["CORE"], "mine": {"x": [1]},
    });
    let path = stage.site.file("config.json", before.to_string());
    #[cfg(unix)]
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).expect("own file");
    let secret = stage.site.file("secret.txt", format!("{SECRET}\n"));
    let mut login = stage.start(&["--client-secret-file", &secret.display().to_string()]);
    let address = browser::decide(&login.consent(), "accept", as_it_is);
    login.paste("\nwhat now?");
    login.line("That is no address");
    login.paste(&format!("  {address}  "));
    insta::assert_snapshot!("login_completes", login.end(&stage, 0));
    let written = stage.written();
    assert_eq!((&written["projects"], &written["mine"]), (&before["projects"], &before["mine"]));
    assert_eq!((written.get("cloud_id"), &written["domain"]), (None, &json!(stage.site.host())));
    assert_eq!(written["credentials"].get("email"), None);
    assert_private(&stage);

    // Once more by what it holds now, with nobody at the keyboard and a token endpoint that stumbles.
    stage.scenario(&format!("{}[[fault]]\nroute = \"/oauth/token\"\nfirst = 1\nkind = \"503\"", stage.sites));
    let mut again = stage.command(&[]);
    again.env_remove("SOURCE_JIRA_CLIENT_SECRET");
    let mut login = Login::start(again);
    drop(login.child.stdin.take());
    browser::get(&browser::decide(&login.consent(), "accept", as_it_is));
    insta::assert_snapshot!("login_again", login.end(&stage, 0));
    assert_ne!(stage.written()["credentials"]["refresh_token"], written["credentials"]["refresh_token"]);
}

#[test]
fn a_consent_that_comes_to_nothing_says_why() {
    let mut rows = Vec::new();
    let mut row = |case: &'static str, bring: &dyn Fn(&Stage, &mut Login)| {
        let stage = Stage::new(&[]);
        let mut login = stage.start(&[]);
        bring(&stage, &mut login);
        rows.push((case, login.end(&stage, 1)));
        assert!(!stage.config().exists(), "{case}");
    };
    row("denied", &|_, login| {
        let page = browser::get(&browser::decide(&login.consent(), "deny", as_it_is));
        assert!(page.status == 400 && page.body.contains("denied"), "{page:?}");
    });
    row("the state of another login", &|stage, login| {
        login.consent();
        let page = browser::get(&format!("{}?code=hush&state=other", stage.callback()));
        assert!(page.status == 400 && page.body.contains("belongs to another login"), "{page:?}");
    });
    row("no code", &|stage, login| {
        let consent = login.consent();
        let state = consent.split(['?', '&']).find(|pair| pair.starts_with("state=")).expect("a state");
        browser::get(&format!("{}?{state}", stage.callback()));
    });
    row("a code that was used, or is too old", &|stage, login| {
        let consent = login.consent();
        let state = consent.split(['?', '&']).find(|pair| pair.starts_with("state=")).expect("a state");
        login.paste(&format!("{}?code=hush&{state}", stage.callback()));
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
    row("no site", &|stage, login| {
        stage.scenario("sites = []");
        browser::get(&browser::decide(&login.consent(), "accept", as_it_is));
    });
    insta::assert_snapshot!("login_fails", listed(&rows));
}

#[test]
fn a_wrong_secret_is_named_by_its_place() {
    let stage = Stage::new(&[]);
    let secret = stage.site.file("secret.txt", "hush-hush");
    let mut login = stage.start(&["--client-secret-file", &secret.display().to_string()]);
    browser::get(&browser::decide(&login.consent(), "accept", as_it_is));
    let told = login.end(&stage, 1);
    assert!(!told.contains("hush-hush") && !stage.config().exists(), "{told}");
    insta::assert_snapshot!("login_wrong_secret", told);
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
        let stage = Stage::new(&[other, other]);
        let mut login = stage.start(arguments);
        browser::get(&browser::decide(&login.consent(), "accept", as_it_is));
        rows.push((case, login.end(&stage, code)));
        assert_eq!(stage.config().exists(), code == 0, "{case}");
    }
    insta::assert_snapshot!("login_sites", listed(&rows));
}

#[test]
fn scopes_that_the_app_lacks_are_named() {
    let stage = Stage::new(&[]);
    stage.scenario(&format!("app_scopes = [\"read:jira-work\"]\n{}", stage.sites));
    let mut login = stage.start(&[]);
    browser::get(&browser::decide(&login.consent(), "accept", as_it_is));
    insta::assert_snapshot!("login_fewer_scopes", login.end(&stage, 0));
}

#[test]
fn a_callback_that_is_not_registered_is_told_when_time_is_up() {
    let stage = Stage::new(&[]);
    let other = format!("[sign_in]\ncallback = \"{}/\"", stage.callback());
    stage.site.set_scenario(Scenario::parse(&other).expect("a valid scenario"));
    let mut login = stage.start(&["--timeout", "1"]);
    let page = browser::get(&login.consent());
    assert!(page.status == 400 && page.body.contains("redirect_uri"), "{page:?}");
    insta::assert_snapshot!("login_timeout", login.end(&stage, 1));
}

#[test]
fn what_is_wrong_here_is_told_before_anybody_is_asked() {
    let stage = Stage::new(&[]);
    stage.site.file("list.json", "[1]");
    stage.site.file("broken.json", "{");
    stage.site.file("faulty.json", "{\"projects\": \"CORE\"}");
    stage.site.file("empty.txt", " ");
    let without_secret = || {
        let mut command = stage.command(&[]);
        command.env_remove("SOURCE_JIRA_CLIENT_SECRET");
        Login::start(command).end(&stage, 1)
    };
    let without_id = || {
        let mut command = stage.site.command(&["login", "--no-browser"]);
        command.env_remove("SOURCE_JIRA_CLIENT_ID").env_remove("SOURCE_JIRA_CLIENT_SECRET");
        Login::start(command).end(&stage, 1)
    };
    let in_use = TcpListener::bind(("127.0.0.1", stage.port)).expect("a free port");
    let rows = [
        ("the port is in use", stage.fails(&[])),
        ("no such folder", stage.fails(&["--config", "nowhere/config.json"])),
        ("a folder", stage.fails(&["--config", "."])),
        ("not an object", stage.fails(&["--config", "list.json"])),
        ("not JSON", stage.fails(&["--config", "broken.json"])),
        ("other members have a fault", stage.fails(&["--config", "faulty.json"])),
        ("an unknown stream", stage.fails(&["--streams", "issue,users"])),
        ("a site that is none", stage.fails(&["--site", "acme"])),
        ("no file for the secret", stage.fails(&["--client-secret-file", "nowhere.txt"])),
        ("an empty file for the secret", stage.fails(&["--client-secret-file", "empty.txt"])),
        ("no secret", without_secret()),
        ("no client ID", without_id()),
    ];
    drop(in_use);
    assert!(!stage.config().exists());
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
