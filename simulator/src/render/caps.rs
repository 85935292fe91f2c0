//! The limits of the lists that an issue embeds.

/// How many entries embedded lists have. Their `total` is the full count. (Reported by users of several tools.)
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caps {
    /// The newest ones.
    pub comments: usize,
    /// The oldest ones.
    pub worklogs: usize,
    /// The newest ones.
    pub histories: usize,
}

impl Caps {
    pub(crate) const JIRA: Self = Self { comments: 20, worklogs: 20, histories: 40 };
    /// No limits, for the truth.
    pub(crate) const NONE: Self = Self { comments: usize::MAX, worklogs: usize::MAX, histories: usize::MAX };
}
