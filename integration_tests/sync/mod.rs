//! What arrives in a destination equals what the site holds.

mod equality;
