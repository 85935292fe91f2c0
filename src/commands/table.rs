//! Plain-text tables for people, as wide as the terminal.

use super::console;
use comfy_table::{
    CellAlignment, ColumnConstraint, ContentArrangement, ContentLineStyle, LineStyle, Table, TableStyle, Width,
};

/// Columns with a blank between them, and a line below the headings.
const STYLE: TableStyle = TableStyle::new()
    .header_lines(ContentLineStyle::none().junction(' '))
    .header_separator(LineStyle::none().fill('-').junction(' '))
    .content_lines(ContentLineStyle::none().junction(' '));

/// Words up to this length are kept whole.
const LONG_WORD: usize = 24;

/// Marks where a cell may be broken; invisible, and removed from the result.
const BREAK: char = '\u{200b}';

/// A table of rows under their headings, as wide as the terminal allows, without trailing blanks. Numbers are aligned to the
/// right.
pub(super) fn table<const COLUMNS: usize>(headings: [&str; COLUMNS], rows: &[[String; COLUMNS]]) -> String {
    of_width(console::width(), headings, rows)
}

fn of_width<const COLUMNS: usize>(width: u16, headings: [&str; COLUMNS], rows: &[[String; COLUMNS]]) -> String {
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic).set_width(width).set_delimiter(BREAK);
    table.set_header(headings);
    table.add_rows(rows.iter().map(|row| row.each_ref().map(|cell| breakable(&plain(cell)))));
    let is_number = |cell: &str| cell.chars().all(|letter| letter.is_ascii_digit() || ",.".contains(letter));
    for (at, column) in table.column_iter_mut().enumerate() {
        let cells = || rows.iter().map(|row| row[at].as_str());
        let parts = cells().flat_map(|cell| breakable(cell).split(BREAK).map(|part| part.chars().count()).max());
        let longest = parts.chain([headings[at].len()]).max().unwrap_or_default();
        column.set_padding((0, 1));
        // Words are never cut: a table with long ones is wider than the terminal.
        let lower = Width::Fixed(u16::try_from(longest).unwrap_or(u16::MAX).saturating_add(1));
        column.set_constraint(ColumnConstraint::LowerBoundary(lower));
        if cells().all(is_number) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().flat_map(|line| [line.replace(BREAK, "").trim_end(), "\n"].map(str::to_owned)).collect()
}

/// A paragraph as wide as a table, its further lines indented by `indent`.
pub(super) fn paragraph(text: &str, indent: usize) -> String {
    let width = usize::from(console::width()).saturating_sub(indent);
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    format!("{}\n", lines.join(&format!("\n{}", " ".repeat(indent))))
}

/// A text with marks where it may be broken: after blanks and, in long words, after the slashes of paths and the colons of
/// scopes.
fn breakable(text: &str) -> String {
    let parts = text.split_inclusive(' ').flat_map(|word| match word.chars().count() {
        ..=LONG_WORD => vec![word],
        _ => word.split_inclusive(['/', ':']).collect(),
    });
    parts.collect::<Vec<_>>().join(&BREAK.to_string())
}

/// The text without characters that steer a terminal, change the direction of writing or break a line: names come from a site.
fn plain(cell: &str) -> String {
    let turns =
        |letter: char| matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let shown: String = cell
        .chars()
        .filter(|letter| !turns(*letter) && *letter != BREAK)
        .map(|letter| if letter.is_control() || letter.is_whitespace() { ' ' } else { letter })
        .collect();
    shown.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row<const COLUMNS: usize>(cells: [&str; COLUMNS]) -> [String; COLUMNS] {
        cells.map(str::to_owned)
    }

    #[test]
    fn columns_are_as_wide_as_their_cells_and_numbers_are_right_aligned() {
        let text = of_width(120, ["key", "issues"], &[row(["CORE", "1,200"]), row(["A", "7"])]);
        assert_eq!(text, "key   issues\n----- -------\nCORE   1,200\nA          7\n");
    }

    #[test]
    fn cells_are_broken_between_words_and_after_slashes() {
        let (words, path) = ("word ".repeat(60), "/rest/agile/{board}".repeat(20));
        let text = of_width(80, ["a", "b"], &[row([&words, "short"])]);
        assert!(text.lines().all(|line| line.chars().count() <= 80 && !line.ends_with(' ')), "{text}");
        assert_eq!(text.matches("word").count(), 60, "{text}");
        let text = of_width(80, ["a"], &[row([&path])]);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.replace('\n', "").contains(&path), "{text}");
        let text = of_width(40, ["a", "b"], &[row(["manage:jira-configuration", &words])]);
        assert!(text.contains("manage:") && text.contains("jira-configuration"), "{text}");
        let word = "x".repeat(200);
        assert!(of_width(80, ["a", "b"], &[row([&word, &words])]).contains(&word), "a word is never cut");
    }

    #[test]
    fn wide_characters_keep_the_columns_aligned() {
        let text = of_width(80, ["name", "type"], &[row(["顧客", "software"]), row(["Core", "software"])]);
        assert!(text.contains("顧客  software\nCore  software"), "{text}");
    }

    #[test]
    fn names_cannot_steer_a_terminal() {
        assert_eq!(plain("a\u{1b}[31m\n b\u{202e}c\u{2028}\0"), "a [31m bc");
    }
}
