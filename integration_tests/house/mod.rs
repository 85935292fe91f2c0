//! The house rules: arrows between modules, file sizes, versions, generated pages.

mod arrows;
mod codes;
mod duties;
mod generated;
mod parity;
mod sizes;
mod source;
mod tidy;
mod versions;
