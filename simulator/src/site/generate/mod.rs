//! Generates sites with invented content from a seed.

mod access;
pub(crate) mod agile;
pub(crate) mod build;
mod changelog;
pub(crate) mod fields;
mod grow;
mod people;
pub(crate) mod projects;
mod screens;
mod setup;
mod workflow;

use crate::site::Site;
use crate::site::audit::noise;
use crate::site::options::SiteOptions;

impl Site {
    /// Generates a site with invented content. The same options give the same site.
    pub fn generate(options: &SiteOptions) -> Self {
        let mut site = Self::empty(options);
        let catalog = &mut site.catalog;
        people::people(catalog, options);
        projects::projects(catalog, options);
        workflow::workflow(catalog);
        agile::agile(catalog, options);
        fields::fields(catalog, options.odd_fields);
        access::access(catalog);
        screens::screens(catalog);
        setup::setup(catalog, options);
        let fixed = ["frontend", "backend", "ux", "needs-triage", "größe", "日本", "a-b_c.d", "tech_debt"];
        catalog.labels =
            fixed.iter().map(|label| (*label).to_string()).chain((0..60).map(|at| format!("label-{at}"))).collect();
        catalog.labels.sort_unstable();
        grow::grow(&mut site, options);
        noise::past(&mut site);
        site.next.attachment = 10_000 + u64::from(site.generated) * 8;
        site.next.remote_link = 10_000 + u64::from(site.generated) * 4;
        site
    }
}
