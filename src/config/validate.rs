//! Validates a document against the published specification, and explains what is wrong.

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

/// The config in a document, with secrets of the environment added, and the names in it that are no options; or everything that
/// is wrong with it.
pub(super) fn config(document: &Document, lookup: Lookup<'_>) -> Result<(Config, Vec<String>), ConfigError> {
    let spec = spec();
    let options = options(&spec);
    let unknown = unknown_names(document, &options);
    let mut normalized = legacy::normalized(document.value());
    environment::fill(&mut normalized, &spec, lookup);
    let mut faults = schema_faults(&spec, document.value(), &normalized)?;
    if let Some(root) = normalized.as_object() {
        faults.extend(domain::fault(root));
        faults.extend(cloud_id::faults(root));
        faults.extend(api_host_fault(root, &spec));
        faults.extend(filters::faults(root));
        faults.extend(code_faults(root));
        faults.extend(misspelt(&unknown, &options));
    }
    if !faults.is_empty() {
        return Err(ConfigError::new(faults));
    }
    let config = serde_path_to_error::deserialize(&normalized).map_err(|error| {
        // The inner error may quote a value, so it is not shown.
        Fault::new(error.path().to_string(), "cannot be read; compare it with docs/config.md")
    })?;
    Ok((config, unknown.into_iter().map(str::to_owned).collect()))
}

/// `written` is the document as it came, `normalized` the one to validate.
fn schema_faults(spec: &Value, written: &Value, normalized: &Value) -> Result<Vec<Fault>, Fault> {
    // Dates are checked elsewhere, with a better message.
    let validator = jsonschema::options().should_validate_formats(false).build(spec).map_err(|error| {
        Fault::file(format!("the connector's own specification is invalid: {error}; report this as a bug"))
    })?;
    let explainer = Explainer { spec, written };
    Ok(validator.iter_errors(normalized).flat_map(|error| explainer.faults(&error, None)).collect())
}

/// Only API tokens work on the site's own address. An unknown method is reported elsewhere, and may be a secret in the wrong
/// place.
fn api_host_fault(root: &Map<String, Value>, spec: &Value) -> Option<Fault> {
    let chosen = root.get("credentials")?.get(TAG)?;
    let known = spec["properties"]["credentials"]["oneOf"].as_array()?.iter().any(|option| tag_of(option) == chosen);
    (known && root.get("api_host")? == "site" && chosen != API_TOKEN).then(|| {
        let problem = format!("\"site\" does not work with the authentication type {chosen}; remove the option");
        Fault::new("api_host", problem)
    })
}

/// Options that earlier forms of a config have at the top level.
const FLAT: [&str; 2] = ["api_token", "email"];

fn options(spec: &Value) -> Vec<&str> {
    spec["properties"].as_object().into_iter().flat_map(Map::keys).map(String::as_str).chain(FLAT).collect()
}

/// Names at the top level that are no options. Platforms add some of their own, with underscores in front.
fn unknown_names<'a>(document: &'a Document, known: &[&str]) -> Vec<&'a str> {
    let written = document.value().as_object().into_iter().flat_map(Map::keys).map(String::as_str);
    written.filter(|name| !known.contains(name) && !name.starts_with('_')).collect()
}

/// A misspelt option would never take effect, and a misspelt filter would let everything through.
fn misspelt(unknown: &[&str], options: &[&str]) -> Vec<Fault> {
    let fault = |name: &&str| {
        let near = near_miss(name, options)?;
        Some(Fault::new(*name, format!("is not an option; write \"{near}\" if you mean that one, or remove it")))
    };
    unknown.iter().filter_map(fault).collect()
}

/// A misspelt code would never take effect.
fn code_faults(root: &Map<String, Value>) -> Vec<Fault> {
    let known = codes::names();
    let written = root.get("on_skip_codes").and_then(Value::as_object).into_iter().flat_map(Map::keys);
    let unknown = written.filter(|name| !known.contains(&name.as_str()));
    let fault = |name: &String| match near_miss(name, &known) {
        Some(near) => {
            Fault::new(format!("on_skip_codes.{name}"), format!("is not a code; write \"{near}\" if you mean that one"))
        }
        // A name like no code may be a secret in the wrong place.
        None => Fault::new(
            "on_skip_codes",
            format!("contains a name that is not a code; the codes are {}", known.join(", ")),
        ),
    };
    unknown.map(fault).collect()
}

/// Turns schema errors into faults.
struct Explainer<'a> {
    spec: &'a Value,
    written: &'a Value,
}

impl Explainer<'_> {
    /// `method` is the selected authentication method, if the error concerns its options.
    fn faults(&self, error: &ValidationError<'_>, method: Option<&str>) -> Vec<Fault> {
        let path = dotted(error.instance_path());
        let rule = self.rule(error);
        let found = error.instance();
        let problem = match error.kind() {
            Kind::OneOfNotValid { context } => return self.method_faults(rule, found, context, error),
            Kind::Required { property } => return vec![self.missing(error, property, method)],
            Kind::Type { .. } if path.is_empty() => {
                format!("the file must contain a JSON object, found {}", kind_of(found))
            }
            Kind::Type { .. } => wrong_type(rule, found),
            Kind::Pattern { .. } => {
                format!("does not have the form {}{}", text(rule, "pattern_descriptor"), example(rule))
            }
            Kind::Minimum { .. } | Kind::Maximum { .. } => {
                format!("is {found}; it must be from {} to {}", rule["minimum"], rule["maximum"])
            }
            Kind::Enum { options } => format!("must be one of {}", list(options)),
            kind => format!("violates \"{}\" of the specification; see docs/config.md", kind.keyword()),
        };
        vec![Fault::new(path, problem)]
    }

    /// The schema with the violated keyword.
    fn rule(&self, error: &ValidationError<'_>) -> &Value {
        let keyword = error.schema_path().as_str();
        let holder = keyword.rsplit_once('/').map_or("", |(holder, _)| holder);
        self.spec.pointer(holder).unwrap_or(&Value::Null)
    }

    fn missing(&self, error: &ValidationError<'_>, property: &Value, method: Option<&str>) -> Fault {
        let name = property.as_str().unwrap_or_default();
        let holder = error.instance_path();
        let what = match self.written.pointer(holder.join(name).as_str()) {
            None => "is missing",
            Some(Value::Null) => "is null",
            Some(_) => "is blank",
        };
        let rule = &self.rule(error)["properties"][name];
        let remedy = match method {
            Some(method) if rule.get("airbyte_secret").is_some() => {
                let variable = environment::variable(name);
                format!(
                    "the authentication type \"{method}\" requires it, here or in the environment variable {variable}"
                )
            }
            Some(method) => format!("the authentication type \"{method}\" requires it"),
            None if rule.get("oneOf").is_some() => format!("set it to an object with {TAG} {}", known_tags(rule)),
            None if rule.get("examples").is_some() => format!("set it{}", example(rule)),
            None => "set it, see docs/config.md".to_owned(),
        };
        Fault::new(dotted(&holder.join(name)), format!("{what}; {remedy}"))
    }

    /// Explains only the errors of the method that the discriminator selects.
    fn method_faults(
        &self,
        rule: &Value,
        found: &Value,
        context: &[Vec<ValidationError<'_>>],
        error: &ValidationError<'_>,
    ) -> Vec<Fault> {
        if !found.is_object() {
            return Vec::new(); // a wrong type is reported elsewhere
        }
        let chosen = found.get(TAG);
        let methods = rule["oneOf"].as_array().map(Vec::as_slice).unwrap_or_default();
        let index = methods.iter().position(|method| Some(tag_of(method)) == chosen);
        if let Some((errors, name)) = index.and_then(|at| context.get(at)).zip(chosen.and_then(Value::as_str)) {
            return errors.iter().flat_map(|error| self.faults(error, Some(name))).collect();
        }
        let known = known_tags(rule);
        let problem = match chosen {
            None => format!("is missing; it must be {known}"),
            Some(Value::String(written)) => match methods.iter().find(|method| alike(tag_of(method), written)) {
                Some(meant) => format!("is misspelt; write {}", tag_of(meant)),
                None => format!("is not an authentication type; it must be {known}"),
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

/// Names only the type of what was found: the value may be a secret in the wrong place.
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

/// The first example of an option, as the end of a sentence.
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
