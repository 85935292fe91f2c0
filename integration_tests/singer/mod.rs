//! `singer`: the same streams as a Singer tap has them.

mod bench;
mod catalog;
mod choice;
mod ends;
mod equality;
mod refusals;
mod state;
