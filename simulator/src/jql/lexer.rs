//! Splits JQL into tokens. (Atlassian's JQL reference: quoting, reserved words and characters.)

use super::JqlError;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    /// Bare: a field, a keyword, a value.
    Word(String),
    /// In quotation marks.
    Quoted(String),
    /// `( ) ,` and operators.
    Symbol(&'static str),
}

/// Words that must be quoted to be values.
const RESERVED: [&str; 98] = [
    "abort",
    "access",
    "add",
    "after",
    "alias",
    "all",
    "alter",
    "and",
    "any",
    "asc",
    "audit",
    "avg",
    "before",
    "begin",
    "between",
    "boolean",
    "break",
    "by",
    "byte",
    "catch",
    "cf",
    "char",
    "character",
    "check",
    "checkpoint",
    "collate",
    "column",
    "commit",
    "connect",
    "continue",
    "count",
    "create",
    "current",
    "date",
    "decimal",
    "declare",
    "default",
    "define",
    "delete",
    "desc",
    "distinct",
    "divide",
    "do",
    "double",
    "drop",
    "else",
    "empty",
    "end",
    "equals",
    "escape",
    "exec",
    "execute",
    "exists",
    "false",
    "fetch",
    "field",
    "first",
    "float",
    "for",
    "from",
    "function",
    "go",
    "grant",
    "group",
    "having",
    "if",
    "in",
    "index",
    "insert",
    "int",
    "into",
    "is",
    "join",
    "last",
    "left",
    "like",
    "limit",
    "lock",
    "max",
    "min",
    "next",
    "not",
    "null",
    "number",
    "of",
    "on",
    "or",
    "order",
    "select",
    "set",
    "size",
    "start",
    "string",
    "table",
    "then",
    "to",
    "true",
    "where",
];

pub(crate) fn reserved(word: &str) -> bool {
    RESERVED.contains(&word.to_ascii_lowercase().as_str())
}

/// The tokens with their offsets.
pub(crate) fn lex(text: &str) -> Result<Vec<(Token, usize)>, JqlError> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let start = at;
        let next = chars.get(at + 1).copied();
        let symbol = match (chars[at], next) {
            (c, _) if c.is_whitespace() => {
                at += 1;
                continue;
            }
            ('>', Some('=')) => Some(">="),
            ('<', Some('=')) => Some("<="),
            ('!', Some('=')) => Some("!="),
            ('!', Some('~')) => Some("!~"),
            ('>', _) => Some(">"),
            ('<', _) => Some("<"),
            ('=', _) => Some("="),
            ('~', _) => Some("~"),
            ('!', _) => Some("!"),
            ('(', _) => Some("("),
            (')', _) => Some(")"),
            (',', _) => Some(","),
            _ => None,
        };
        if let Some(symbol) = symbol {
            at += symbol.len();
            tokens.push((Token::Symbol(symbol), start));
        } else if chars[at] == '"' || chars[at] == '\'' {
            let (word, after) = quoted(&chars, at)?;
            at = after;
            tokens.push((Token::Quoted(word), start));
        } else {
            while at < chars.len() && bare(chars[at]) {
                at += 1;
            }
            if at == start {
                let c = chars[at];
                return Err(JqlError::new(format!(
                    "Error in the JQL Query: The character '{c}' is a reserved JQL character. You must enclose it in a string or use the escape '\\u{:04x}' instead. (line 1, character {})",
                    u32::from(c),
                    start + 1
                )));
            }
            tokens.push((Token::Word(chars[start..at].iter().collect()), start));
        }
    }
    Ok(tokens)
}

/// Letters, digits and the few other characters that need no quotes.
fn bare(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '[' | ']' | '$')
}

fn quoted(chars: &[char], start: usize) -> Result<(String, usize), JqlError> {
    let mark = chars[start];
    let mut word = String::new();
    let mut at = start + 1;
    while let Some(c) = chars.get(at) {
        match c {
            c if *c == mark => return Ok((word, at + 1)),
            '\\' => {
                at += 1;
                match chars.get(at) {
                    Some('n') => word.push('\n'),
                    Some('t') => word.push('\t'),
                    Some('r') => word.push('\r'),
                    Some(c @ ('"' | '\'' | '\\' | ' ')) => word.push(*c),
                    Some('u') => {
                        let code: String = chars.iter().skip(at + 1).take(4).collect();
                        let code = u32::from_str_radix(&code, 16).ok().and_then(char::from_u32);
                        word.push(code.ok_or_else(|| illegal(start))?);
                        at += 4;
                    }
                    _ => return Err(illegal(start)),
                }
            }
            c => word.push(*c),
        }
        at += 1;
    }
    Err(JqlError::new(format!(
        "Error in the JQL Query: The quoted string '{word}' has not been completed. (line 1, character {})",
        start + 1
    )))
}

fn illegal(at: usize) -> JqlError {
    JqlError::new(format!(
        "Error in the JQL Query: An illegal JQL escape sequence was used. (line 1, character {})",
        at + 1
    ))
}
