//! The commands as platforms and people call them.

pub mod bench;
mod causes;
mod check;
mod credentials;
mod demo;
mod discover;
mod ending;
mod input;
mod legacy;
mod records;
mod spec;
mod state;
mod usage;
