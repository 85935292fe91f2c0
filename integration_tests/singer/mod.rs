//! `singer`: the same streams as a Singer tap has them.

mod catalog;
mod equality;
mod harness;
mod interruptions;
mod refusals;
mod selection;
mod state;
