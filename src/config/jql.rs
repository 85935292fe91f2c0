//! The option `jql`: parses just enough of the grammar to know that the text can be joined to other conditions by AND.

use schemars::JsonSchema;
use serde::Deserialize;
use thiserror::Error;

/// A condition in JQL that stays one condition when put in parentheses.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(inline, with = "String")]
pub(super) struct Jql(String);

impl Jql {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Jql {
    type Error = JqlError;

    fn try_from(text: String) -> Result<Self, JqlError> {
        check(&text)?;
        Ok(Self(text))
    }
}

/// Why a text cannot be joined to other conditions, and how to put it right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(super) enum JqlError {
    #[error("ends with a backslash; remove it")]
    Backslash,
    #[error("closes a parenthesis that was never opened; remove it")]
    Closed,
    #[error("has a parenthesis that is never closed; add the missing one")]
    Open,
    #[error("has a quotation mark that is never closed; add the missing one")]
    Quote,
    #[error("must not contain ORDER BY, because the connector chooses the order; keep only the conditions")]
    OrderBy,
}

/// Whether a text is one condition: quotes and parentheses in pairs, and no sorting.
pub(super) fn check(text: &str) -> Result<(), JqlError> {
    let mut depth = 0_usize;
    // Everything outside quotes, with a quoted text standing as one mark, for the search for ORDER BY.
    let mut bare = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' | '\'' => {
                skip_quoted(&mut chars, c)?;
                bare.push_str(" \" ");
            }
            '\\' => {
                chars.next().ok_or(JqlError::Backslash)?;
            }
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1).ok_or(JqlError::Closed)?,
            _ => {}
        }
        bare.push(if c.is_alphanumeric() || c == '_' { c.to_ascii_lowercase() } else { ' ' });
    }
    if depth > 0 {
        return Err(JqlError::Open);
    }
    let words: Vec<&str> = bare.split_whitespace().collect();
    if words.windows(2).any(|pair| pair == ["order", "by"]) {
        return Err(JqlError::OrderBy);
    }
    Ok(())
}

/// Moves past the closing quote; a backslash takes the next character along.
fn skip_quoted(chars: &mut std::str::Chars<'_>, quote: char) -> Result<(), JqlError> {
    while let Some(c) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c == quote {
            return Ok(());
        }
    }
    Err(JqlError::Quote)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jql_table() {
        let [order, open, close, quote] =
            [JqlError::OrderBy, JqlError::Open, JqlError::Closed, JqlError::Quote].map(Err);
        let table = [
            ("issuetype = Bug AND labels in (a, b)", Ok(())),
            ("summary ~ \"order by\" OR summary ~ 'a ) b'", Ok(())),
            (r#"summary ~ "say \"hi\" (" AND x = 'it\'s'"#, Ok(())),
            (r#"summary ~ 5\" AND x = y"#, Ok(())),
            ("reorder = by OR border by_ x", Ok(())),
            ("\"order\" = by", Ok(())),
            ("((a = b) AND (c = d))", Ok(())),
            ("a = b ORDER BY created", order),
            ("order\n\tby created", order),
            ("(a = b)order by c", order),
            ("a = \"x\"Order By c", order),
            ("(a = b", open),
            ("a in (\"b)\"", open),
            ("a = b)", close),
            ("a = b) OR (c = d", close),
            ("a = \"b", quote),
            ("a = 'b\"", quote),
            ("a = b\\", Err(JqlError::Backslash)),
            ("a = \"b\\\"", quote),
        ];
        for (jql, expected) in table {
            assert_eq!(check(jql), expected, "{jql}");
        }
    }
}
