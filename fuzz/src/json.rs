//! JSON (RFC 8259) cut into raw pieces, to any depth, by a reader of its own.

/// The elements of a list as they stand; none if the text is no list.
pub fn elements(text: &str) -> Option<Vec<&str>> {
    whole(text)?;
    let bytes = text.as_bytes();
    let mut at = blank(bytes, 0);
    (bytes.get(at) == Some(&b'[')).then_some(())?;
    at = blank(bytes, at + 1);
    let mut found = Vec::new();
    while bytes.get(at) != Some(&b']') {
        let end = skip(bytes, at)?;
        found.push(&text[at..end]);
        at = blank(bytes, end);
        if bytes.get(at) == Some(&b',') {
            at = blank(bytes, at + 1);
        }
    }
    Some(found)
}

/// The members of an object: names unescaped (none for one that is no Unicode text), values as they stand.
pub fn members(text: &str) -> Option<Vec<(Option<String>, &str)>> {
    whole(text)?;
    let bytes = text.as_bytes();
    let mut at = blank(bytes, 0);
    (bytes.get(at) == Some(&b'{')).then_some(())?;
    at = blank(bytes, at + 1);
    let mut found = Vec::new();
    while bytes.get(at) != Some(&b'}') {
        let end = string(bytes, at)?;
        let name = serde_json::from_str(&text[at..end]).ok();
        at = blank(bytes, blank(bytes, end) + 1);
        let end = skip(bytes, at)?;
        found.push((name, &text[at..end]));
        at = blank(bytes, end);
        if bytes.get(at) == Some(&b',') {
            at = blank(bytes, at + 1);
        }
    }
    Some(found)
}

/// The value of a member; the last one, should the name stand twice.
pub fn get<'a>(members: &[(Option<String>, &'a str)], name: &str) -> Option<&'a str> {
    members.iter().rev().find(|(member, _)| member.as_deref() == Some(name)).map(|(_, value)| *value)
}

/// The text of a raw string.
pub fn text(raw: &str) -> Option<String> {
    serde_json::from_str(raw).ok()
}

/// Whether a text is JSON and nothing else.
pub fn is_valid(text: &str) -> bool {
    whole(text).is_some()
}

fn whole(text: &str) -> Option<()> {
    let bytes = text.as_bytes();
    (blank(bytes, skip(bytes, 0)?) == bytes.len()).then_some(())
}

fn blank(text: &[u8], mut at: usize) -> usize {
    while matches!(text.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// Where the value ends that begins at `at`, or after blanks there. Without recursion: depth is no fault.
fn skip(text: &[u8], mut at: usize) -> Option<usize> {
    let mut open = Vec::new();
    loop {
        at = blank(text, at);
        match *text.get(at)? {
            first @ (b'{' | b'[') => {
                let close = first + 2;
                at = blank(text, at + 1);
                if text.get(at) != Some(&close) {
                    open.push(close);
                    if close == b'}' {
                        at = name(text, at)?;
                    }
                    continue;
                }
                at += 1;
            }
            b'"' => at = string(text, at)?,
            b't' => at = literal(text, at, b"true")?,
            b'f' => at = literal(text, at, b"false")?,
            b'n' => at = literal(text, at, b"null")?,
            _ => at = number(text, at)?,
        }
        loop {
            let Some(close) = open.last() else { return Some(at) };
            at = blank(text, at);
            match *text.get(at)? {
                b',' if *close == b'}' => {
                    at = name(text, blank(text, at + 1))?;
                    break;
                }
                b',' => {
                    at += 1;
                    break;
                }
                end if end == *close => {
                    open.pop();
                    at += 1;
                }
                _ => return None,
            }
        }
    }
}

/// Past a member's name and its colon.
fn name(text: &[u8], at: usize) -> Option<usize> {
    let at = blank(text, string(text, at)?);
    (text.get(at) == Some(&b':')).then_some(at + 1)
}

fn string(text: &[u8], at: usize) -> Option<usize> {
    (text.get(at) == Some(&b'"')).then_some(())?;
    let mut at = at + 1;
    loop {
        match *text.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => match *text.get(at + 1)? {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => at += 2,
                b'u' if text.get(at + 2..at + 6)?.iter().all(u8::is_ascii_hexdigit) => at += 6,
                _ => return None,
            },
            0..0x20 => return None,
            _ => at += 1,
        }
    }
}

fn literal(text: &[u8], at: usize, word: &[u8]) -> Option<usize> {
    text[at..].starts_with(word).then_some(at + word.len())
}

fn number(text: &[u8], mut at: usize) -> Option<usize> {
    let digits = |at: usize| {
        let count = text[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        (count > 0).then_some(at + count)
    };
    at += usize::from(text.get(at) == Some(&b'-'));
    at = if text.get(at) == Some(&b'0') { at + 1 } else { digits(at)? };
    if text.get(at) == Some(&b'.') {
        at = digits(at + 1)?;
    }
    if matches!(text.get(at), Some(b'e' | b'E')) {
        at += 1;
        at += usize::from(matches!(text.get(at), Some(b'+' | b'-')));
        at = digits(at)?;
    }
    Some(at)
}
