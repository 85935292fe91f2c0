//! What the tests share: a simulated site, the real executable run against it, and a destination that loads its lines.

pub mod browser;
mod compare;
mod destination;
mod expected;
mod forms;
mod kill;
mod output;
mod primary_keys;
mod protocol_rules;
mod proxy;
mod rng;
pub mod schemas;
mod singer;
mod site;
pub mod time;

pub use compare::{assert_equal, assert_holds, assert_rows, difference};
pub use destination::{Destination, key_of};
pub use expected::{Rows, expected, held, plain};
pub use forms::Form;
pub use kill::read_until;
pub use output::Output;
pub use primary_keys::primary_key;
pub use protocol_rules::{assert_valid, assert_valid_so_far};
pub use proxy::{Asked, Proxy, Verdict};
pub use rng::Rng;
pub use singer::{Target, assert_singer};
pub use site::{Site, catalog};
