//! Checks a document against the very spec the connector publishes, and says what is wrong in plain words.

use jsonschema::{
    ValidationError,
    error::ValidationErrorKind as Kind,
    paths::{Location, LocationSegment},
};
use serde_json::{Map, Value};

use crate::codes;

use super::{
    Config, Document, cloud_id,
    credentials::{API_TOKEN, TAG},
    domain,
    environment::{self, Lookup},
    fault::{ConfigError, Fault, near_miss},
    filters, legacy, spec,
};

/// The config in a document, or everything that is wrong with it.
pub(super) fn config(document: &Document, lookup: Lookup<'_>) -> Result<Config, ConfigError> {
    let spec = spec();
    let mut tidy = legacy::tidy(document.value());
    environment::fill(&mut tidy, &spec, lookup);
    let mut faults = schema_faults(&spec, document.value(), &tidy)?;
    if let Some(root) = tidy.as_object() {
        faults.extend(domain::fault(root));
        faults.extend(cloud_id::faults(root));
        faults.extend(api_host_fault(root, &spec));
        faults.extend(filters::faults(root));
        faults.extend(code_faults(root));
    }
    if !faults.is_empty() {
        return Err(ConfigError::new(faults));
    }
    serde_path_to_error::deserialize(&tidy).map_err(|error| {
        // The text of the inner error may quote a value, so it stays inside.
        Fault::new(error.path().to_string(), "is not understood; compare it with the spec").into()
    })
}

/// `written` is the document as it came, `tidy` the one to check.
fn schema_faults(spec: &Value, written: &Value, tidy: &Value) -> Result<Vec<Fault>, Fault> {
    // Dates get checked with a message of their own.
    let validator = jsonschema::options()
        .should_validate_formats(false)
        .build(spec)
        .map_err(|error| Fault::file(format!("the connector's own spec is broken: {error}")))?;
    let judge = Judge { spec, written };
    Ok(validator.iter_errors(tidy).flat_map(|error| judge.faults(&error, None)).collect())
}

/// Only an API token works on the site's own address. A type that is not known is a fault already, and may be a secret
/// in the wrong place.
fn api_host_fault(root: &Map<String, Value>, spec: &Value) -> Option<Fault> {
    let chosen = root.get("credentials")?.get(TAG)?;
    let known = spec["properties"]["credentials"]["oneOf"].as_array()?.iter().any(|option| tag_of(option) == chosen);
    (known && root.get("api_host")? == "site" && chosen != API_TOKEN).then(|| {
        let problem = format!("\"site\" does not go with the authentication type {chosen}; leave it out");
        Fault::new("api_host", problem)
    })
}

/// A code that does not exist would never fail, which is not what was asked for.
fn code_faults(root: &Map<String, Value>) -> Vec<Fault> {
    let known = codes::names();
    let written = root.get("on_skip_codes").and_then(Value::as_object).into_iter().flat_map(Map::keys);
    let unknown = written.filter(|name| !known.contains(&name.as_str()));
    let fault = |name: &String| match near_miss(name, &known) {
        Some(near) => {
            Fault::new(format!("on_skip_codes.{name}"), format!("there is no such code; perhaps \"{near}\" is meant"))
        }
        // A name so far off may be a secret in the wrong place.
        None => {
            Fault::new("on_skip_codes", format!("holds a name that is no code; the codes are {}", known.join(", ")))
        }
    };
    unknown.map(fault).collect()
}

/// Turns schema errors into faults.
struct Judge<'a> {
    spec: &'a Value,
    written: &'a Value,
}

impl Judge<'_> {
    /// `option` is the chosen way to sign in, if the error is about its members.
    fn faults(&self, error: &ValidationError<'_>, option: Option<&str>) -> Vec<Fault> {
        let path = dotted(error.instance_path());
        let rule = self.rule(error);
        let found = error.instance();
        let problem = match error.kind() {
            Kind::OneOfNotValid { context } => return self.option_faults(rule, found, context, error),
            Kind::Required { property } => return vec![self.missing(error, property, option)],
            Kind::Type { .. } if path.is_empty() => {
                format!("the file must hold a JSON object, found {}", kind_of(found))
            }
            Kind::Type { .. } => wrong_type(rule, found),
            Kind::Pattern { .. } => {
                format!("does not have the form {}{}", text(rule, "pattern_descriptor"), example(rule))
            }
            Kind::Minimum { .. } | Kind::Maximum { .. } => {
                format!("is {found}; it must be from {} to {}", rule["minimum"], rule["maximum"])
            }
            Kind::Enum { options } => format!("must be one of {}", list(options)),
            kind => format!("breaks the rule \"{}\" of the spec", kind.keyword()),
        };
        vec![Fault::new(path, problem)]
    }

    /// The schema that holds the broken keyword.
    fn rule(&self, error: &ValidationError<'_>) -> &Value {
        let keyword = error.schema_path().as_str();
        let holder = keyword.rsplit_once('/').map_or("", |(holder, _)| holder);
        self.spec.pointer(holder).unwrap_or(&Value::Null)
    }

    fn missing(&self, error: &ValidationError<'_>, property: &Value, option: Option<&str>) -> Fault {
        let name = property.as_str().unwrap_or_default();
        let holder = error.instance_path();
        let what = match self.written.pointer(holder.join(name).as_str()) {
            None => "is missing",
            Some(Value::Null) => "is null",
            Some(_) => "is blank",
        };
        let rule = &self.rule(error)["properties"][name];
        let remedy = match option {
            Some(option) if rule.get("airbyte_secret").is_some() => {
                let variable = environment::variable(name);
                format!("the authentication type \"{option}\" needs it, here or as {variable} in the environment")
            }
            Some(option) => format!("the authentication type \"{option}\" needs it"),
            None if rule.get("oneOf").is_some() => format!("give an object with {TAG} {}", known_tags(rule)),
            None => format!("give the {}{}", text(rule, "title").to_lowercase(), example(rule)),
        };
        Fault::new(dotted(&holder.join(name)), format!("{what}; {remedy}"))
    }

    /// Speaks only of the option that the discriminator names.
    fn option_faults(
        &self,
        rule: &Value,
        found: &Value,
        context: &[Vec<ValidationError<'_>>],
        error: &ValidationError<'_>,
    ) -> Vec<Fault> {
        if !found.is_object() {
            return Vec::new(); // its type is a fault already
        }
        let chosen = found.get(TAG);
        let options = rule["oneOf"].as_array().map(Vec::as_slice).unwrap_or_default();
        let index = options.iter().position(|option| Some(tag_of(option)) == chosen);
        if let Some((errors, name)) = index.and_then(|at| context.get(at)).zip(chosen.and_then(Value::as_str)) {
            return errors.iter().flat_map(|error| self.faults(error, Some(name))).collect();
        }
        let known = known_tags(rule);
        let problem = match chosen {
            None => format!("is missing; it must be {known}"),
            Some(Value::String(written)) => match options.iter().find(|option| alike(tag_of(option), written)) {
                Some(meant) => format!("is misspelt; write {} exactly so", tag_of(meant)),
                None => format!("is not a known way to sign in; it must be {known}"),
            },
            Some(other) => format!("must be a string, found {}; it must be {known}", kind_of(other)),
        };
        vec![Fault::new(dotted(&error.instance_path().join(TAG)), problem)]
    }
}

fn tag_of(option: &Value) -> &Value {
    &option["properties"][TAG]["const"]
}

fn known_tags(rule: &Value) -> String {
    let options = rule["oneOf"].as_array().map(Vec::as_slice).unwrap_or_default();
    list(&options.iter().map(|option| tag_of(option).clone()).collect())
}

/// Whether two names differ only in case and punctuation.
fn alike(name: &Value, written: &str) -> bool {
    let letters = |text: &str| -> String {
        text.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect()
    };
    letters(name.as_str().unwrap_or_default()) == letters(written)
}

/// Says what was found by its type alone: the value may be a secret in the wrong place.
fn wrong_type(rule: &Value, found: &Value) -> String {
    let expected = text(rule, "type");
    let (wanted, remedy) = match (expected, found) {
        ("string", Value::Number(_) | Value::Bool(_)) => ("a string", "; put it in quotes"),
        ("string", _) => ("a string", ""),
        ("integer", Value::String(text)) if text.parse::<i64>().is_ok() => ("a whole number", "; remove the quotes"),
        ("integer", _) => ("a whole number", ""),
        ("boolean", Value::String(text)) if text.parse::<bool>().is_ok() => ("true or false", "; remove the quotes"),
        ("boolean", _) => ("true or false", ""),
        ("array", Value::String(_)) => ("a list", "; put it in square brackets"),
        ("array", _) => ("a list", ""),
        _ => ("an object", ""),
    };
    format!("must be {wanted}, found {}{remedy}", kind_of(found))
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(number) if number.is_f64() => "a number with a fraction",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn text<'a>(rule: &'a Value, keyword: &str) -> &'a str {
    rule[keyword].as_str().unwrap_or_default()
}

/// The first example of a member, as the end of a sentence.
fn example(rule: &Value) -> String {
    rule["examples"].get(0).map_or_else(String::new, |example| format!(", for example {example}"))
}

/// `"a", "b" or "c"`.
fn list(options: &Value) -> String {
    let options: Vec<String> = options.as_array().into_iter().flatten().map(Value::to_string).collect();
    match options.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => options.concat(),
    }
}

/// `credentials.api_token`, `projects[1]`.
fn dotted(location: &Location) -> String {
    let mut path = String::new();
    for segment in location.segments() {
        match segment {
            LocationSegment::Index(index) => path.push_str(&format!("[{index}]")),
            LocationSegment::Property(name) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&name);
            }
        }
    }
    path
}
