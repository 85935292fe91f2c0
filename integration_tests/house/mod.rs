//! The rules of the source tree that no lint can say: arrows between modules, sizes, versions, generated pages, words.

mod arrows;
mod codes;
mod duties;
mod generated;
mod imports;
mod parity;
mod pins;
mod sizes;
mod source;
mod tidy;
mod versions;
mod wording;
