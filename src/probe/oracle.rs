//! What an answer shows of the recipe that it came to.

use super::plan::{Case, Origin};
use super::recipe::{Kind, Recipe};
use crate::check::{Rule, Severity};
use crate::exchange::{ERROR_HEADER, Exchange, Response, Source, TransportErrorKind};
use crate::spec::{CodePattern, Operation};

/// Codes that gateways in front of any API give, whatever was asked; and a service that is not there for now.
const GATEWAYS: [u16; 5] = [429, 502, 503, 504, 494];
/// What a service that has the API's errors to say may say instead.
const LONGEST: usize = 160;

/// What an answer shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A code that the recipe deserves.
    Reached {
        /// The documented code, or range, that came.
        code: CodePattern,
        /// Why it is another than the recipe was for.
        reason: Option<String>,
    },
    /// Another than it deserves.
    Contradicted {
        /// `wrong-status` or `undeserved-error`.
        rule: Rule,
        /// A warning where made-up values may have given cause.
        severity: Severity,
        /// What it deserves.
        expected: String,
        /// What came.
        observed: String,
    },
    /// Nothing, for this reason.
    Nothing(String),
}

/// What an answer shows. `control` is how the good request was answered, where it was.
pub fn settled(
    case: &Case<'_>,
    recipe: &Recipe,
    control: Option<u16>,
    exchange: &Exchange,
) -> Outcome {
    let (spec, operation) = (case.spec, case.operation);
    let Some(response) = &exchange.response else {
        if hung_up(exchange) && needs_answer(recipe.kind) && control.is_some() {
            return no_answer(recipe, control);
        }
        let what = exchange.error.as_ref().map_or("no answer", |error| error.message.as_str());
        return Outcome::Nothing(format!("no answer came: {what}"));
    };
    let status = response.status;
    if let Some(error) = &exchange.error {
        return Outcome::Nothing(format!("the answer broke off: {}", error.message));
    }
    if is_ours(exchange.source) && response.headers.contains(ERROR_HEADER) {
        return Outcome::Nothing(format!(
            "{status}, which the document does not have: the mock's own"
        ));
    }
    if recipe.answers.wanted.contains(&status) {
        return reached(operation, recipe, status);
    }
    if recipe.kind == Kind::Documented {
        let origin = case.base.as_ref().map_or(Origin::Generated, |base| base.origin);
        return refused(case, origin, recipe, exchange, response);
    }
    if recipe.kind == Kind::Boundary {
        return beyond(recipe, control, exchange, response);
    }
    if GATEWAYS.contains(&status) || spec.gateway_codes.contains(&status) && status >= 500 {
        return Outcome::Nothing(format!("{status}, which a gateway may give whatever was asked"));
    }
    let taken = (200..400).contains(&status);
    if taken {
        if let Some(why) = recipe.answers.taken {
            return Outcome::Nothing(format!("answered {status}: {why}"));
        }
        if is_ours(exchange.source) && needs_memory(recipe.kind) {
            let why = "a mock knows no credentials, and nothing that exists unless it has a state";
            return Outcome::Nothing(why.to_owned());
        }
        return wrong(recipe, status, control);
    }
    if control == Some(status) {
        return Outcome::Nothing(format!("the good request is answered {status}, too"));
    }
    if recipe.answers.also.contains(&status) {
        return reached(operation, recipe, status);
    }
    let is_known = |status| operation.promise(status).is_some();
    let of_recipe = match recipe.code {
        CodePattern::Code(code) => is_known(code),
        CodePattern::Range(_) | CodePattern::Default => true,
    };
    // Where the document has a code neither for the mistake nor for what came, that is all there is to tell.
    if !of_recipe && !is_known(status) && (400..500).contains(&status) {
        return reached(operation, recipe, status);
    }
    if recipe.answers.unclear.contains(&status) {
        return Outcome::Nothing(format!("answered {status}, which may have another cause"));
    }
    let is_good = control.is_some_and(|control| (200..400).contains(&control));
    if status >= 500 && control.is_none_or(|control| control < 500) || is_good {
        return wrong(recipe, status, control);
    }
    let why = match control {
        Some(control) => format!("the good request is answered {control}"),
        None => "the good request was not sent".to_owned(),
    };
    Outcome::Nothing(format!("answered {status}; {why}, so that this may have another cause"))
}

/// Whether the service closed the connection in the place of an answer.
pub(super) fn hung_up(exchange: &Exchange) -> bool {
    let is_reset =
        |error: &crate::exchange::TransportError| error.kind == TransportErrorKind::Reset;
    exchange.response.is_none() && exchange.error.as_ref().is_some_and(is_reset)
}

/// Whether a change is one that a service has no reason to hang up on, as it has on what is too large.
pub(super) const fn needs_answer(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Constraint
            | Kind::Syntax
            | Kind::Coding
            | Kind::MediaType
            | Kind::Absent
            | Kind::Malformed
    )
}

fn no_answer(recipe: &Recipe, control: Option<u16>) -> Outcome {
    let outcome = wrong(recipe, 0, control);
    let good = control.map_or(String::new(), |control| format!(" (the good request: {control})"));
    match outcome {
        Outcome::Contradicted { rule, severity, expected, .. } => Outcome::Contradicted {
            rule,
            severity,
            expected,
            observed: format!("the connection was closed without an answer, twice{good}"),
        },
        other => other,
    }
}

/// Whether an answer is one of our own servers.
fn is_ours(source: Source) -> bool {
    matches!(source, Source::Mock | Source::Replay | Source::Fault)
}

/// Whether a change is one that only a service can tell that knows what it has and who may do what.
fn needs_memory(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::WrongCredentials
            | Kind::OtherIdentity
            | Kind::Absent
            | Kind::Malformed
            | Kind::Repeat
            | Kind::Precondition
    )
}

fn reached(operation: &Operation, recipe: &Recipe, status: u16) -> Outcome {
    let code = operation.promise(status).map_or(CodePattern::Code(status), |promise| promise.code);
    let is_documented = operation.promise(status).is_some();
    let told = if is_documented { ", which is documented for it, too" } else { "" };
    let reason = (code != recipe.code)
        .then(|| format!("the recipe for {} was answered {status}{told}", recipe.code));
    Outcome::Reached { code, reason }
}

fn wrong(recipe: &Recipe, status: u16, control: Option<u16>) -> Outcome {
    let wanted = match recipe.code {
        CodePattern::Default => "a 4xx".to_owned(),
        code => code.to_string(),
    };
    let good = match control.filter(|control| *control != status) {
        Some(control) => format!(" (the good request: {control})"),
        None => String::new(),
    };
    Outcome::Contradicted {
        rule: Rule::WrongStatus,
        severity: Severity::Error,
        expected: format!("{wanted}: {}: {}", recipe.name, recipe.change),
        observed: format!("{status}{good}"),
    }
}

/// A good request that was not taken.
fn refused(
    case: &Case<'_>,
    origin: Origin,
    recipe: &Recipe,
    exchange: &Exchange,
    response: &Response,
) -> Outcome {
    let (operation, status) = (case.operation, response.status);
    let said = said(response);
    let names_something =
        refers(operation, exchange) || case.base.as_ref().is_ok_and(|base| !base.links.is_empty());
    let is_refusal = status == 400 || status == 422;
    // What was made up may name what does not exist: that is a cause.
    if is_refusal && !names_something && exchange.source.is_evidence() {
        // What was recorded, or stands in the document, is right; what was made up may lack sense.
        let severity = match origin {
            Origin::Generated => Severity::Warning,
            Origin::Recorded | Origin::Example => Severity::Error,
        };
        let enforced = if said.is_empty() { String::new() } else { format!(": it says {said}") };
        return Outcome::Contradicted {
            rule: Rule::UndeservedError,
            severity,
            expected: format!(
                "a success: the whole request keeps the documentation ({})",
                recipe.name
            ),
            observed: format!("{status}{enforced}"),
        };
    }
    let said = if said.is_empty() { said } else { format!(" ({said})") };
    Outcome::Nothing(format!("the good request was answered {status}{said}"))
}

/// A value at its bounds that was not taken, where another one is.
fn beyond(
    recipe: &Recipe,
    control: Option<u16>,
    exchange: &Exchange,
    response: &Response,
) -> Outcome {
    let status = response.status;
    let is_refusal = status == 400 || status == 422;
    let is_good = control.is_some_and(|control| (200..300).contains(&control));
    let place = recipe.name.split(' ').nth(1).unwrap_or_default();
    if is_refusal && is_good && exchange.source.is_evidence() && !super::plan::refers(place) {
        let said = said(response);
        let said = if said.is_empty() { said } else { format!("; it says {said}") };
        return Outcome::Contradicted {
            rule: Rule::UndeservedError,
            severity: Severity::Error,
            expected: format!("a success: {}: {}", recipe.name, recipe.change),
            observed: format!(
                "{status}: another bound of {place} than documented seems to hold{said}"
            ),
        };
    }
    Outcome::Nothing(format!("answered {status}, which may have another cause"))
}

/// Whether a request names something that may not exist.
fn refers(operation: &Operation, exchange: &Exchange) -> bool {
    let request = &exchange.request;
    let in_body = || {
        let bytes = request.body.bytes().unwrap_or_default();
        let value: serde_json::Value = serde_json::from_slice(bytes).unwrap_or_default();
        let names = |value: &serde_json::Value| named(value, 6);
        names(&value)
    };
    let in_query = || {
        let pairs = crate::exchange::Target::parse(&request.target).query_pairs();
        pairs.iter().any(|(name, _)| super::plan::refers(name))
    };
    operation.path.contains('{') || in_query() || in_body()
}

fn named(value: &serde_json::Value, depth: usize) -> bool {
    match value {
        serde_json::Value::Object(members) => members.iter().any(|(name, value)| {
            super::plan::refers(name) || (depth > 0 && named(value, depth - 1))
        }),
        serde_json::Value::Array(items) => {
            items.iter().any(|item| depth > 0 && named(item, depth - 1))
        }
        _ => false,
    }
}

/// What a refusal says of its cause, in one short line.
fn said(response: &Response) -> String {
    let bytes = response.body.decoded(&response.headers).ok().flatten().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let line: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect();
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.starts_with('<') || line.is_empty() { String::new() } else { format!("`{line}`") }
}
