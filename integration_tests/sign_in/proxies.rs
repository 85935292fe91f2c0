//! What is meant for this machine never passes a proxy, which would see the credentials in clear text.

use crate::{
    commands::harness::{run, verdict},
    support::{Form, Proxy, Site, Verdict},
};

#[test]
fn nothing_for_this_machine_passes_a_proxy() {
    let site = Site::new(1, 1, "");
    let proxy = Proxy::new(&site.host(), |_| Verdict::Pass);
    let by_name = site.host().replace("127.0.0.1", "localhost");
    for (form, host) in [(Form::ApiToken, site.host()), (Form::ApiToken, by_name), (Form::ServiceClient, site.host())] {
        let mut config = site.config_of(form);
        config["domain"] = host.clone().into();
        let mut command = site.command(&["check", "--config"]);
        command.arg(site.file("config.json", config.to_string()));
        for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
            command.env(name, format!("http://{}", proxy.host()));
        }
        let text = verdict(&site, &run(&site, command));
        assert!(text.starts_with("SUCCEEDED"), "{host}: {text}");
        let paths: Vec<String> = proxy.asked().into_iter().map(|asked| asked.path).collect();
        assert_eq!(paths, [""; 0], "{host}");
    }
}
