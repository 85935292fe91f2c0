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
mod login;
mod records;
mod spec;
mod stage;
mod state;
mod usage;
