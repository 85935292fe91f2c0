//! The commands as platforms and people call them.
