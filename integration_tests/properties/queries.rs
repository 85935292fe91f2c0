//! Queries as the connector writes them and as the simulator's reader of JQL takes them: the same thing.

use jira_simulator::jql::{Clause, Node, Operand, Operator, parse};
use proptest::prelude::*;
use serde_json::json;
use source_jira::{
    client::jql::{Jql, quote},
    config,
};

const MINUTE: i64 = 60_000;

/// The conditions of a query, each a node of its own.
fn conditions(text: &str) -> Vec<Node> {
    let query = parse(text).unwrap_or_else(|complaint| panic!("{text}: {complaint:?}"));
    match query.filter {
        Some(Node::And(parts)) => parts,
        one => one.into_iter().collect(),
    }
}

fn clause(node: &Node) -> &Clause {
    match node {
        Node::Clause(clause) => clause,
        other => panic!("{other:?}"),
    }
}

/// The condition as the config gives it back, if it is accepted there.
fn accepted(condition: &str) -> Option<String> {
    let credentials = json!({"auth_type": "API Token", "email": "e@x.y", "api_token": "t"});
    let document = json!({"credentials": credentials, "domain": "acme.atlassian.net", "jql": condition});
    let parsed = config::parse(document.to_string().as_bytes()).ok()?;
    parsed.config.filters.jql().map(str::to_owned)
}

/// Texts of any kind, and those that mean something to a reader of JQL.
fn values() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "AND",
        "empty",
        "null",
        "10000",
        "007",
        "",
        "-1",
        "currentUser()",
        "a\" OR \"b",
        "\\",
        "\\\"",
        "ü 😀\u{2028}",
    ]);
    prop_oneof![any::<String>(), words.prop_map(str::to_owned), "[0-9]{1,20}", "[\"'\\\\()a ]{0,8}"]
}

/// Conditions, and what is none: pieces in any order, and clauses with something between them.
fn conditions_of_all_kinds() -> impl Strategy<Value = String> {
    let clause =
        || prop::sample::select(vec!["a = b", "a in (b, c)", "x ~ \"y)\"", "x ~ 'y'", "(a = b)", "a is EMPTY"]);
    let between =
        prop::sample::select(vec![" AND ", " OR ", ") OR (", ") AND NOT (", " ORDER BY ", " OR\n", "\" OR \""]);
    let sign = prop::sample::select(vec!["(", ")", "\"", "'", "\\\"", "\\", " = ", ",", " order", " by ", " NOT "]);
    let pieces = prop::collection::vec(prop_oneof![clause(), between.clone(), sign], 0..9);
    let joined = (clause(), prop::collection::vec((between, clause()), 0..4)).prop_map(|(first, more)| {
        more.iter().fold(first.to_owned(), |text, (between, clause)| text + between + clause)
    });
    prop_oneof![pieces.prop_map(|pieces| pieces.concat()), joined]
}

proptest! {
    #[test]
    fn each_value_of_a_list_is_read_as_what_was_meant(values in prop::collection::vec(values(), 1..6), not in any::<bool>()) {
        let text = Jql::default().any_of("project", not, values.iter().map(String::as_str)).ordered("created");
        let conditions = conditions(&text);
        prop_assert_eq!(conditions.len(), 1);
        let clause = clause(&conditions[0]);
        prop_assert_eq!((clause.field.as_str(), clause.operator), ("project", if not { Operator::NotIn } else { Operator::In }));
        for (found, value) in clause.values.iter().zip(&values) {
            // Digits alone are an id, which is a number; everything else is text, and never a keyword or a function.
            let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
            let expected = if digits { Operand::Bare(value.clone()) } else { Operand::Quoted(value.clone()) };
            prop_assert_eq!(found, &expected);
        }
        prop_assert_eq!(clause.values.len(), values.len());
        prop_assert_eq!(parse(&text).unwrap().order.len(), 1);
    }

    #[test]
    fn bounds_are_read_as_whole_minutes_that_lose_nothing(low in any::<i64>(), high in any::<i64>(), shift in 0u32..64) {
        // Numbers of every size.
        let (low, high) = (low >> shift, high >> shift);
        let text = Jql::default().at_least("updated", low).before("created", high).ordered("updated");
        let mut conditions = conditions(&text);
        let number = |node: &Node| match &clause(node).values[..] {
            [Operand::Bare(text)] => text.parse::<i64>().unwrap(),
            other => panic!("{other:?}"),
        };
        let before = conditions.pop().unwrap();
        prop_assert_eq!((clause(&before).field.as_str(), clause(&before).operator), ("created", Operator::Below));
        let found = number(&before);
        prop_assert!(found > 0 && found % MINUTE == 0 && (found >= high || high > i64::MAX - MINUTE));
        prop_assert!(high < MINUTE || found - high < MINUTE);
        match conditions.pop() {
            Some(after) => {
                prop_assert_eq!((clause(&after).field.as_str(), clause(&after).operator), ("updated", Operator::From));
                let found = number(&after);
                prop_assert!(found > 0 && found % MINUTE == 0 && found <= low && low - found < MINUTE);
            }
            None => prop_assert!(low < MINUTE, "only what is older than everything is left out"),
        }
    }

    #[test]
    fn a_condition_of_the_users_own_stays_one_condition(own in conditions_of_all_kinds(), project in values()) {
        let Some(own) = accepted(&own) else { return Ok(()) };
        let text = Jql::default().any_of("project", false, [project.as_str()]).wrapped(&own).ordered("updated");
        // What Jira can't read at all is checked beforehand; what it can must not spill over.
        match (parse(&own), parse(&text)) {
            (Ok(alone), Ok(whole)) => {
                let conditions = conditions(&text);
                prop_assert_eq!((conditions.len(), whole.order.len(), alone.order.len()), (2, 1, 0));
                prop_assert_eq!(format!("{:?}", conditions[1]), format!("{:?}", alone.filter.unwrap()));
            }
            (alone, whole) => prop_assert!(alone.is_err() && whole.is_err(), "{own}: {alone:?}, {text}: {whole:?}"),
        }
    }
}

#[test]
fn conditions_of_every_form_are_drawn() {
    for (own, good) in
        [("a = b OR x ~ \"y\"", true), ("a = b) OR (c", false), ("a = b ORDER BY c", false), ("x ~ 'y", false)]
    {
        assert_eq!(accepted(own).is_some(), good, "{own}");
    }
    assert_eq!(quote("a\"b\\"), r#""a\"b\\""#);
}
