//! Plain-text tables for people: columns as wide as they need to be, cells broken at blanks where they are too wide.

/// What a terminal usually shows without breaking lines itself.
const WIDTH: usize = 120;
const GAP: &str = "  ";

/// A table of rows under their headings, without trailing blanks. Numbers stand at the right.
pub fn table<const COLUMNS: usize>(headings: [&str; COLUMNS], rows: &[[String; COLUMNS]]) -> String {
    let rows: Vec<[String; COLUMNS]> = rows.iter().map(|row| row.each_ref().map(|cell| plain(cell))).collect();
    let widths = widths(&headings, &rows);
    let mut numeric = [true; COLUMNS];
    for row in &rows {
        for (numeric, cell) in numeric.iter_mut().zip(row) {
            *numeric &= cell.chars().all(|letter| letter.is_ascii_digit() || letter == ',');
        }
    }
    let mut out = String::new();
    line(&mut out, &headings, &widths, &numeric);
    line(&mut out, &widths.map(|width| "-".repeat(width)).each_ref().map(String::as_str), &widths, &numeric);
    for row in &rows {
        let broken: Vec<Vec<String>> =
            row.iter().zip(widths).map(|(cell, width)| broken(&cut(cell, width), width)).collect();
        for number in 0..broken.iter().map(Vec::len).max().unwrap_or_default() {
            let parts: Vec<&str> = broken.iter().map(|cell| cell.get(number).map_or("", String::as_str)).collect();
            line(&mut out, &parts, &widths, &numeric);
        }
    }
    out
}

/// As wide as the widest cell; if that is too much, the widest columns give way, down to their longest word, and if that is
/// not enough, down to the longest part of a path.
fn widths<const COLUMNS: usize>(headings: &[&str; COLUMNS], rows: &[[String; COLUMNS]]) -> [usize; COLUMNS] {
    let most = |of: &dyn Fn(&str) -> usize, column: usize| {
        rows.iter().map(|row| of(&row[column])).fold(of(headings[column]), usize::max)
    };
    let longest_word = |text: &str| text.split(' ').map(length).max().unwrap_or_default();
    let longest_part = |text: &str| text.split(' ').flat_map(parts).map(length).max().unwrap_or_default();
    let mut widths: [usize; COLUMNS] = std::array::from_fn(|column| most(&length, column));
    for least in [&longest_word as &dyn Fn(&str) -> usize, &longest_part] {
        let least: [usize; COLUMNS] = std::array::from_fn(|column| most(least, column));
        while widths.iter().sum::<usize>() + GAP.len() * (COLUMNS - 1) > WIDTH {
            let widest = (0..COLUMNS).filter(|at| widths[*at] > least[*at]).max_by_key(|at| widths[*at]);
            let Some(widest) = widest else { break };
            widths[widest] -= 1;
        }
    }
    widths
}

fn line(out: &mut String, cells: &[&str], widths: &[usize], numeric: &[bool]) {
    let mut text = String::new();
    for ((cell, width), numeric) in cells.iter().zip(widths).zip(numeric) {
        let blanks = " ".repeat(width.saturating_sub(length(cell)));
        text += &if *numeric { format!("{blanks}{cell}{GAP}") } else { format!("{cell}{blanks}{GAP}") };
    }
    out.push_str(text.trim_end());
    out.push('\n');
}

/// What a word may be broken into: a path behind its slashes.
fn parts(word: &str) -> impl Iterator<Item = &str> {
    word.split_inclusive('/')
}

/// The text with blanks in paths that are wider than their column.
fn cut(text: &str, width: usize) -> String {
    let mut out = String::new();
    for word in text.split(' ') {
        let mut at = 0;
        for part in parts(word) {
            if at > 0 && at + length(part) > width {
                out.push(' ');
                at = 0;
            }
            at += length(part);
            out.push_str(part);
        }
        out.push(' ');
    }
    out
}

/// A text in lines of at most `width`, words kept whole.
pub fn broken(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if length(line) + 1 + length(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A paragraph as wide as a table, its further lines indented by `indent`.
pub fn paragraph(text: &str, indent: usize) -> String {
    let lines = broken(text, WIDTH - indent);
    format!("{}\n", lines.join(&format!("\n{}", " ".repeat(indent))))
}

/// Names come from a site: nothing in them may steer a terminal, turn the direction of writing, or break a line.
fn plain(cell: &str) -> String {
    let turns =
        |letter: char| matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let shown: String = cell
        .chars()
        .filter(|letter| !turns(*letter))
        .map(|letter| if letter.is_control() || letter.is_whitespace() { ' ' } else { letter })
        .collect();
    shown.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn length(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row<const COLUMNS: usize>(cells: [&str; COLUMNS]) -> [String; COLUMNS] {
        cells.map(str::to_owned)
    }

    #[test]
    fn columns_are_as_wide_as_their_cells_and_numbers_stand_right() {
        let text = table(["key", "issues"], &[row(["CORE", "1,200"]), row(["A", "7"])]);
        assert_eq!(text, "key   issues\n----  ------\nCORE   1,200\nA          7\n");
    }

    #[test]
    fn what_is_too_wide_is_broken_between_words() {
        let long = "word ".repeat(60);
        let text = table(["a", "b"], &[row([&long, "short"])]);
        assert!(text.lines().all(|line| length(line) <= WIDTH && !line.ends_with(' ')), "{text}");
        assert_eq!(text.matches("word").count(), 60);
        let word = "x".repeat(2 * WIDTH);
        assert!(table(["a"], &[row([&word])]).contains(&word), "a word is never cut");
        let path = "/rest/agile/{board}".repeat(20);
        let text = table(["a"], &[row([&path])]);
        assert!(text.lines().all(|line| length(line) <= WIDTH) && text.replace('\n', "").contains(&path), "{text}");
    }

    #[test]
    fn names_cannot_steer_a_terminal() {
        assert_eq!(plain("a\u{1b}[31m\n b\u{202e}c\u{2028}\0"), "a [31m bc");
    }
}
