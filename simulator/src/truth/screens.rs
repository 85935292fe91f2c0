//! Screens, their tabs, and the fields on the tabs.

use serde_json::{Value, json};

use crate::api::screens::{field_bodies, tab_body};
use crate::site::Site;
use crate::site::catalog::{Screen, Tab};

pub(super) fn screens(site: &Site) -> Vec<Value> {
    site.catalog.screens.iter().map(|screen| screen.body.clone()).collect()
}

/// Each with its screen.
pub(super) fn tabs(site: &Site) -> Vec<Value> {
    let with_screen = |screen: &Screen, tab: &Tab| {
        let mut body = tab_body(tab);
        body["screenId"] = json!(screen.id);
        body
    };
    let screens = site.catalog.screens.iter();
    screens.flat_map(|screen| screen.tabs.iter().map(move |tab| with_screen(screen, tab))).collect()
}

/// Each with its screen and its tab.
pub(super) fn tab_fields(site: &Site) -> Vec<Value> {
    let of_tab = |screen: u64, tab: &Tab| {
        let mut bodies = field_bodies(site, tab);
        for body in &mut bodies {
            body["screenId"] = json!(screen);
            body["tabId"] = json!(tab.id);
        }
        bodies
    };
    let screens = site.catalog.screens.iter();
    let tabs = screens.flat_map(|screen| screen.tabs.iter().map(|tab| (screen.id, tab)));
    tabs.flat_map(|(screen, tab)| of_tab(screen, tab)).collect()
}
