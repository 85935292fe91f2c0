//! What holds for any input, across the borders of modules.

mod queries;
mod states;
