//! What is known to have been sent: the ids and keys of issues, and when they were last compared with the site.
//!
//! An id is in a STATE before its issue is in a RECORD. So wherever a run breaks off, no issue can have been sent that
//! the next census would not miss if it is gone.

use crate::{
    protocol::{Failure, SyncMode},
    record::{ids, keys::Keys, time},
    sync::emit::Emitter,
};
use serde_json::{Map, Value};
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// More issues than any site has, to bound what a state can make us hold.
const ISSUES: usize = 50_000_000;
/// Audit records of the overlap that may be remembered.
const AUDITED: usize = 100_000;

/// The state of `deleted_issues`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// The issues sent; `None` if nobody remembers them.
    pub issues: Option<Keys>,
    /// Those of them that were noted since the last census. A stream that was not read since may not have them yet.
    pub news: BTreeSet<u64>,
    /// Everything that was ever sent is among them.
    pub whole: bool,
    /// When the last census began, by the site's clock.
    pub census: Option<i64>,
    /// When the last census began that found issues which had not been sent.
    pub gained: Option<i64>,
    /// The audit log was read up to here.
    pub audit: Option<i64>,
    /// Its records of the overlap, which need not be told again.
    pub audited: BTreeSet<u64>,
}

impl Known {
    /// Reads an incoming state.
    pub fn read(stream: &str, state: &Map<String, Value>) -> Result<Self, Failure> {
        let fault = |name: &str, problem: String| {
            Failure::config(format!(
                "The state of stream '{stream}' cannot be used: stream_state.{name} {problem}. Restore the state that the last sync \
                 wrote, or reset the stream; then issues that went before that are not told."
            ))
        };
        let text = |name: &str| match state.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(fault(name, "is not a text".to_owned())),
        };
        let moment = |name: &str| match text(name)? {
            None => Ok(None),
            Some(text) => time::parse(text).map(Some).ok_or_else(|| fault(name, "is not a timestamp".to_owned())),
        };
        let issues = text("known")?.map(|text| Keys::decode(text, ISSUES)).transpose();
        let audited = text("audited")?.map(|text| ids::decode(text, AUDITED)).transpose();
        let news = text("news")?.map(|text| ids::decode(text, ISSUES)).transpose();
        Ok(Self {
            issues: issues.map_err(|problem| fault("known", problem))?,
            news: news.map_err(|problem| fault("news", problem))?.unwrap_or_default(),
            whole: state.get("whole").and_then(Value::as_bool).unwrap_or(false),
            census: moment("census")?,
            gained: moment("gained")?,
            audit: moment("audit")?,
            audited: audited.map_err(|problem| fault("audited", problem))?.unwrap_or_default(),
        })
    }

    pub fn to_json(&self) -> Value {
        let mut state = Map::new();
        state.insert("version".to_owned(), 1.into());
        for (name, moment) in [("census", self.census), ("gained", self.gained), ("audit", self.audit)] {
            if let Some(moment) = moment {
                state.insert(name.to_owned(), time::format(moment).into());
            }
        }
        if let Some(issues) = &self.issues {
            state.insert("known".to_owned(), issues.encode().into());
            state.insert("whole".to_owned(), self.whole.into());
        }
        for (name, numbers) in [("news", &self.news), ("audited", &self.audited)] {
            if !numbers.is_empty() {
                state.insert(name.to_owned(), ids::encode(numbers).into());
            }
        }
        state.into()
    }
}

/// Ids and keys from a file: a line an issue, `10001` or `10001,ABC-12`, as an export of the destination has them.
pub fn read_file(text: &str) -> Result<Keys, String> {
    let mut keys = Keys::default();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim_start_matches('\u{feff}').trim();
        let mut cells = line.split([',', '\t', ';']).map(|cell| cell.trim().trim_matches('"'));
        let (id, key) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
        match id.parse() {
            Ok(id) => {
                keys.insert(id, key);
            }
            Err(_) if line.is_empty() || (at == 0 && id.eq_ignore_ascii_case("id")) => {}
            Err(_) => {
                let line: String = line.chars().take(60).collect();
                return Err(format!(
                    "line {} is \"{line}\", not an issue id, or an id and a key with a comma between",
                    at + 1
                ));
            }
        }
    }
    Ok(keys)
}

/// Keeps the state of `deleted_issues` while issues are read.
pub struct Ledger<'a> {
    out: &'a Emitter,
    stream: &'static str,
    /// The ids go into the state.
    keeps: bool,
    inner: Mutex<Inner>,
}

struct Inner {
    known: Known,
    /// Something was noted that no STATE says yet.
    open: bool,
    /// To how many streams an issue went in this run, of those noted since the last census.
    went: HashMap<u64, usize>,
    /// Those noted in this run, where an earlier one noted some and then came to nothing.
    again: Option<HashSet<u64>>,
}

impl<'a> Ledger<'a> {
    pub fn new(out: &'a Emitter, stream: &'static str, known: Known, keeps: bool) -> Self {
        Self { out, stream, keeps, inner: Mutex::new(Inner { known, open: false, went: HashMap::new(), again: None }) }
    }

    pub fn stream(&self) -> &'static str {
        self.stream
    }

    /// Whether ids are remembered at all.
    pub fn remembers(&self) -> bool {
        self.lock().known.issues.is_some()
    }

    /// Notes that an issue is about to be sent.
    pub fn note(&self, id: u64, key: &str) {
        let mut inner = self.lock();
        if let Some(again) = &mut inner.again {
            again.insert(id);
        }
        let Known { issues: Some(issues), news, .. } = &mut inner.known else { return };
        if !issues.contains(id) {
            news.insert(id);
        }
        inner.open = issues.insert(id, key) || inner.open;
    }

    /// Notes to how many streams an issue went.
    pub fn went(&self, id: u64, streams: usize) {
        let mut inner = self.lock();
        if inner.known.census.is_some() && inner.known.news.contains(&id) {
            *inner.went.entry(id).or_default() += streams;
        }
    }

    /// Whether an issue went to so many streams in this run.
    pub fn went_to(&self, id: u64, streams: usize) -> bool {
        self.lock().went.get(&id).is_some_and(|went| *went >= streams)
    }

    /// Every stream begins with nothing: what is noted from now on will be sent, and what an earlier run noted may not have been.
    pub fn begin_anew(&self) {
        let mut inner = self.lock();
        let noted = inner.known.issues.as_ref().is_some_and(|issues| !issues.is_empty());
        if inner.known.census.is_none() {
            inner.again = noted.then(HashSet::new);
            inner.known.whole |= inner.known.issues.is_some() && !noted;
        }
    }

    /// Whether an issue has been sent, or is about to be.
    pub fn has(&self, id: u64) -> bool {
        let inner = self.lock();
        let noted = inner.known.issues.as_ref().is_some_and(|issues| issues.contains(id));
        noted && inner.again.as_ref().is_none_or(|again| again.contains(&id))
    }

    /// Tells what was noted, before the issues themselves are told.
    pub fn tell(&self) {
        let mut inner = self.lock();
        if std::mem::take(&mut inner.open) && self.keeps {
            let state = self.json(&inner.known);
            self.out.state(self.stream, state);
        }
    }

    /// A look at what is known, without a copy of it.
    pub fn see<T>(&self, look: impl FnOnce(&Known) -> T) -> T {
        look(&self.lock().known)
    }

    pub fn known(&self) -> Known {
        self.lock().known.clone()
    }

    pub fn change(&self, change: impl FnOnce(&mut Known)) {
        let mut inner = self.lock();
        change(&mut inner.known);
        inner.open = true;
    }

    /// Ends the stream.
    pub fn finish(&self, mode: SyncMode, complete: bool) {
        let inner = self.lock();
        let state = match mode {
            SyncMode::Incremental => self.json(&inner.known),
            SyncMode::FullRefresh => serde_json::json!({"version": 1}),
        };
        self.out.finish(self.stream, state, complete);
    }

    fn json(&self, known: &Known) -> Value {
        if self.keeps {
            return known.to_json();
        }
        Known { issues: None, news: BTreeSet::new(), ..known.clone() }.to_json()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_can_be_read(
            issues in prop::option::of(prop::collection::btree_map(any::<u64>(), "[A-Z]{1,3}-[1-9][0-9]{0,3}", 0..20)),
            whole in any::<bool>(),
            times in (prop::option::of(0i64..4_000_000_000_000), prop::option::of(0i64..4_000_000_000_000), prop::option::of(0i64..4_000_000_000_000)),
            audited in prop::collection::btree_set(any::<u64>(), 0..9),
        ) {
            let issues = issues.map(|issues| {
                let mut keys = Keys::default();
                issues.iter().for_each(|(id, key)| { keys.insert(*id, key); });
                keys
            });
            let whole = whole && issues.is_some();
            let known = Known { issues, news: audited.clone(), whole, census: times.0, gained: times.1, audit: times.2, audited };
            prop_assert_eq!(Known::read("deleted_issues", known.to_json().as_object().unwrap()), Ok(known));
        }
    }

    #[test]
    fn a_state_that_cannot_be_used_says_where() {
        for (name, value) in [
            ("known", Value::from("%")),
            ("census", 5.into()),
            ("audit", "now".into()),
            ("audited", "AA".into()),
            ("news", 7.into()),
        ] {
            let mut state = Map::new();
            state.insert(name.to_owned(), value);
            let failure = Known::read("deleted_issues", &state).unwrap_err();
            assert!(failure.message.contains(&format!("stream_state.{name} ")), "{}", failure.message);
        }
    }

    #[test]
    fn files_are_read_as_databases_write_them() {
        for text in ["10001\n10002\n", "id,key\n10001,A-1\r\n10002,B-2\r\n", "\u{feff}\"10001\";\"A-1\"\n\n10002\tB-2"]
        {
            let keys = read_file(text).unwrap();
            assert_eq!(keys.ids().collect::<Vec<_>>(), [10_001, 10_002], "{text}");
        }
        assert_eq!(read_file("ID,KEY\n7,A-1").unwrap().key(7), Some("A-1".to_owned()));
        assert!(read_file("7\nA-1\n").unwrap_err().contains("line 2 is \"A-1\""));
    }
}
