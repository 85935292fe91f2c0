//! Queries: each condition is read back as exactly what was meant, and a condition of the user's own stays one condition.
#![no_main]

use jira_simulator::jql::{Clause, Node, Operand, Operator, parse};
use libfuzzer_sys::fuzz_target;
use serde_json::json;
use source_jira::{client::jql::Jql, config};
use source_jira_fuzz::texts;

const MINUTE: i64 = 60_000;

// Two numbers of eight bytes; then, between bytes 0xFF, a condition of the user's own and the values of a list.
fuzz_target!(|data: &[u8]| {
    let Some((numbers, rest)) = data.split_first_chunk::<16>() else { return };
    let (low, high) = numbers.split_at(8);
    let number = |bytes: &[u8]| i64::from_le_bytes(bytes.try_into().expect("eight bytes"));
    let (low, high) = (number(low), number(high));
    let Some(texts) = texts(rest) else { return };
    let (own, values) = (texts[0], &texts[1..]);

    let mut jql = Jql::default().at_least("updated", low).before("created", high);
    for not in [false, true] {
        if !values.is_empty() {
            jql = jql.any_of("project", not, values.iter().copied());
        }
    }
    // Every issue is younger than 1970: such a bound is left out.
    let bounded = usize::from(low >= MINUTE);
    let mut expected = bounded + 1 + 2 * usize::from(!values.is_empty());
    let own = accepted(own);
    if let Some(own) = &own {
        jql = jql.wrapped(own);
        expected += 1;
    }
    let text = jql.ordered("updated");
    let query = match parse(&text) {
        Ok(query) => query,
        // Nothing is wrong but the user's own condition.
        Err(complaint) => return assert!(own.is_some_and(|own| parse(&own).is_err()), "{text}: {complaint:?}"),
    };
    let [order] = query.order.as_slice() else { panic!("{text} is sorted by {:?}", query.order) };
    assert_eq!((order.field.as_str(), order.descending), ("updated", false));
    let parts = match query.filter {
        Some(Node::And(parts)) => parts,
        one => one.into_iter().collect(),
    };
    assert_eq!(parts.len(), expected, "{text}");

    if bounded > 0 {
        bound(&parts[0], "updated", Operator::From, low);
    }
    bound(&parts[bounded], "created", Operator::Below, high);
    if !values.is_empty() {
        for (part, expected) in parts[bounded + 1..].iter().zip([Operator::In, Operator::NotIn]) {
            let Node::Clause(Clause { field, operator, values: found }) = part else { panic!("{text}: {part:?}") };
            assert_eq!((field.as_str(), *operator), ("project", expected));
            assert!(found.iter().map(Operand::text).eq(values.iter().copied()), "{values:?} became {found:?}");
        }
    }
    if let Some(own) = own {
        let alone = parse(&own).unwrap_or_else(|complaint| panic!("{own} alone: {complaint:?}"));
        assert!(alone.order.is_empty());
        let alone = alone.filter.expect("a condition");
        assert_eq!(format!("{alone:?}"), format!("{:?}", parts[expected - 1]), "{own}");
    }
});

/// A bound at the minute, on the side that loses nothing.
fn bound(part: &Node, field: &str, operator: Operator, meant: i64) {
    let Node::Clause(clause) = part else { panic!("{part:?}") };
    assert_eq!((clause.field.as_str(), clause.operator), (field, operator));
    let [operand] = clause.values.as_slice() else { panic!("{clause:?}") };
    let found = match operand {
        Operand::Bare(text) => text.parse::<i64>().expect("a number"),
        other => panic!("{other:?}"),
    };
    let meant = meant.max(MINUTE);
    let off = if operator == Operator::From { meant - found } else { found - meant };
    assert!(found % MINUTE == 0 && (0..MINUTE).contains(&off) || meant > i64::MAX - MINUTE, "{meant} became {found}");
}

/// The condition as the config gives it back, if it is accepted there.
fn accepted(own: &str) -> Option<String> {
    let credentials = json!({"auth_type": "API Token", "email": "e@x.y", "api_token": "t"});
    let document = json!({"credentials": credentials, "domain": "acme.atlassian.net", "jql": own});
    let parsed = config::parse(document.to_string().as_bytes()).ok()?;
    parsed.config.filters.jql().map(str::to_owned)
}
