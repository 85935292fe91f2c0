//! Builds a mutant of the connector where `.ci/mutants` asks for one; nothing otherwise.

#[allow(clippy::disallowed_macros, reason = "how a build script speaks to cargo")]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=MUTANT");
    if let Some(name) = std::env::var("MUTANT").ok().filter(|name| !name.is_empty()) {
        println!("cargo::rustc-cfg=mutant=\"{name}\"");
    }
}
