//! What the tests share: a simulated site, the real executable run against it, and a destination that loads its lines.

pub mod browser;
mod compare;
mod destination;
mod expected;
mod forms;
mod kill;
mod output;
mod proxy;
pub mod schemas;
mod singer;
mod site;
mod valid;

pub use compare::{assert_equal, assert_holds, assert_rows, difference};
pub use destination::Destination;
pub use expected::{Rows, entity, expected, plain};
pub use forms::Form;
pub use kill::{Dice, read_until};
pub use output::Output;
pub use proxy::{Asked, Proxy, Verdict};
pub use singer::{Target, assert_singer};
pub use site::{Site, catalog};
pub use valid::{assert_valid, assert_valid_so_far};
