//! User-written texts: seeded sentences, rich text, and special characters that break pipelines.

use crate::json::Json;
use crate::random::Random;

const WORDS: [&str; 64] = [
    "the",
    "login",
    "page",
    "fails",
    "when",
    "customer",
    "invoice",
    "export",
    "takes",
    "longer",
    "than",
    "expected",
    "after",
    "release",
    "server",
    "returns",
    "error",
    "cache",
    "should",
    "be",
    "cleared",
    "nightly",
    "report",
    "shows",
    "wrong",
    "total",
    "for",
    "accounts",
    "in",
    "euro",
    "add",
    "button",
    "to",
    "settings",
    "dialog",
    "mobile",
    "app",
    "crashes",
    "on",
    "start",
    "database",
    "migration",
    "needs",
    "review",
    "before",
    "merge",
    "queue",
    "worker",
    "stops",
    "without",
    "message",
    "token",
    "expires",
    "too",
    "early",
    "search",
    "finds",
    "nothing",
    "with",
    "filters",
    "search",
    "index",
    "rebuild",
    "please",
];

/// Each of these has broken some pipeline: emoji with joiners, right-to-left text and marks, CJK, combining accents,
/// line separators, a NUL, quotes and backslashes, markup, a formula, a lone byte-order mark.
const ODD: [&str; 14] = [
    "👩‍👩‍👧‍👦 🏳️‍🌈 ☃️",
    "שלום עולם \u{200f}(abc)",
    "مرحبا \u{202e}evil\u{202c}",
    "测试/注释覆盖度、复用度",
    "テスト ﾊﾝｶｸ ｱｲｳ",
    "e\u{301}\u{327} Zalgo\u{336}\u{35e}",
    "line\u{2028}separator\u{2029}paragraph",
    "nul\0byte",
    "\"quoted\" \\back\\slash\\ 'single'",
    "<b>&amp;</b> <script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "\u{feff}byte order mark",
    "tab\tnew\nline\r\nwindows",
    "𝕬𝖘𝖙𝖗𝖆𝖑 \u{10ffff}",
];

/// A text of an issue, from the seed or from an edit.
#[derive(Clone, Debug)]
pub(crate) enum Text {
    /// A number of words, generated from this seed.
    Seeded {
        seed: u64,
        words: u16,
    },
    Written(String),
}

impl Text {
    /// The text as one line of plain characters.
    pub(crate) fn plain(&self) -> String {
        match self {
            Self::Written(text) => text.clone(),
            Self::Seeded { seed, words } => {
                let mut random = Random::of(*seed, 7, 0);
                let mut out = String::with_capacity(usize::from(*words) * 8);
                sentence(&mut random, *words, &mut out);
                out
            }
        }
    }

    /// The text in Atlassian Document Format. (Jira REST v3: description, comment and worklog bodies.)
    pub(crate) fn document(&self, json: &mut Json) {
        match self {
            Self::Written(text) => document(json, |content| paragraph(content, text)),
            Self::Seeded { seed, words } => {
                let mut random = Random::of(*seed, 8, 0);
                let mut left = *words;
                document(json, |content| {
                    while left > 0 {
                        let take = left.min(6 + random.below(20) as u16);
                        left -= take;
                        block(content, &mut random, take);
                    }
                });
            }
        }
    }
}

/// A whole document around its blocks.
fn document(json: &mut Json, blocks: impl FnOnce(&mut Json)) {
    json.object(|json| {
        json.key("type").raw("\"doc\"");
        json.key("version").raw("1");
        json.key("content").array(blocks);
    });
}

fn paragraph(json: &mut Json, text: &str) {
    json.object(|json| {
        json.key("type").raw("\"paragraph\"");
        json.key("content").array(|json| run(json, text, None));
    });
}

/// One text node. Jira has no empty text nodes.
fn run(json: &mut Json, text: &str, mark: Option<&str>) {
    if text.is_empty() {
        return;
    }
    json.object(|json| {
        json.key("type").raw("\"text\"");
        json.key("text").string(text);
        if let Some(mark) = mark {
            json.key("marks").raw(mark);
        }
    });
}

/// A paragraph, now and then a code block, a list or a paragraph with a mention.
fn block(json: &mut Json, random: &mut Random, words: u16) {
    let mut text = String::with_capacity(usize::from(words) * 8);
    sentence(random, words, &mut text);
    match random.below(10) {
        0 => json.object(|json| {
            json.key("type").raw("\"codeBlock\"");
            json.key("attrs").raw("{\"language\":\"java\"}");
            json.key("content").array(|json| run(json, &text, None));
        }),
        1 => json.object(|json| {
            json.key("type").raw("\"bulletList\"");
            json.key("content").array(|json| {
                json.object(|json| {
                    json.key("type").raw("\"listItem\"");
                    json.key("content").array(|json| paragraph(json, &text));
                });
            });
        }),
        2 => json.object(|json| {
            json.key("type").raw("\"paragraph\"");
            json.key("content").array(|json| {
                run(json, &text, Some("[{\"type\":\"strong\"}]"));
                json.raw("{\"type\":\"hardBreak\"}");
                json.raw("{\"type\":\"mention\",\"attrs\":{\"id\":\"5f0000000000000000000001\",\"text\":\"@Ada\",\"accessLevel\":\"\"}}");
            });
        }),
        _ => paragraph(json, &text),
    }
}

fn sentence(random: &mut Random, words: u16, out: &mut String) {
    for at in 0..words {
        if at > 0 {
            out.push(' ');
        }
        out.push_str(WORDS[random.index(WORDS.len())]);
    }
    // About one sentence in twelve contains special characters.
    if random.below(12) == 0 {
        out.push(' ');
        out.push_str(ODD[random.index(ODD.len())]);
    }
}

const GIVEN: [&str; 16] = [
    "Ada",
    "Grace",
    "Linus",
    "Jürgen",
    "Zoë",
    "Søren",
    "李",
    "Олена",
    "محمد",
    "Noa",
    "Björk",
    "Ngọc",
    "Iñaki",
    "Łukasz",
    "O'Neil",
    "Anne-Marie",
];
const FAMILY: [&str; 16] = [
    "Lovelace",
    "Hopper",
    "Møller",
    "Straße",
    "Nguyễn",
    "García",
    "雷",
    "Шевченко",
    "Öz",
    "de la Cruz",
    "Smith",
    "Kowalski",
    "\"Bob\" Tables",
    "D’Arcy",
    "Šimić",
    "Ó Briain",
];

/// The display name of a person.
pub(crate) fn person(random: &mut Random) -> String {
    format!("{} {}", GIVEN[random.index(GIVEN.len())], FAMILY[random.index(FAMILY.len())])
}

/// A short capitalised name for a version, component, filter or board.
pub(crate) fn title(random: &mut Random) -> String {
    let (first, second) = (WORDS[random.index(WORDS.len())], WORDS[random.index(WORDS.len())]);
    let mut letters = first.chars();
    let start = letters.next().map(|letter| letter.to_ascii_uppercase()).unwrap_or('X');
    format!("{start}{} {second}", letters.as_str())
}
