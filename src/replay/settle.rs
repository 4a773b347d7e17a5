//! What would settle a miss: the rule under which the field at fault does not count, the option, or the
//! command that records the request.

use super::deck::Place;
use crate::exchange::Target;
use crate::matching::{Addressing, Field, Mismatch, Reason, Settle};
use std::path::Path;

/// Most differing fields for which rules are proposed: who ignores more compares nothing.
const RULES: usize = 3;

/// Shortest piece of a path that may be an identifier.
const IDENTIFIER: usize = 8;

/// What a proposal depends on.
pub(super) struct Case<'a> {
    /// Method and URL that were asked.
    pub(super) method: &'a str,
    pub(super) target: &'a str,
    pub(super) addressing: Addressing,
    pub(super) reason: &'a Reason,
    pub(super) mismatches: &'a [Mismatch],
    pub(super) nearest: Option<&'a Place>,
    /// The cassette that would take the request.
    pub(super) cassette: Option<&'a Path>,
}

/// The ways to settle it, the likeliest first.
pub(super) fn ways(case: &Case<'_>) -> Vec<Settle> {
    let mut ways = Vec::new();
    match case.reason {
        Reason::Exhausted { .. } => {
            ways.push(way("if the last answer stands for every further request", "--repeat last"));
            ways.push(way("if the answers come round again", "--repeat cycle"));
        }
        Reason::Early(_) => {
            ways.push(way("if the client has the value from elsewhere", "--order free"));
        }
        Reason::Contradicted(_) => ways.push(way(
            "if the client means what is recorded",
            "send the same value where the same was recorded, and another where another was",
        )),
        Reason::Unequal => ways.extend(by_field(case)),
    }
    ways.push(way("if the client is right", &recording(case)));
    ways
}

fn way(when: &str, how: &str) -> Settle {
    Settle { when: when.to_owned(), how: how.to_owned() }
}

fn by_field(case: &Case<'_>) -> Option<Settle> {
    let scope = scope(case.method, case.target);
    if let ([Mismatch { field: Field::Path, .. }], Some(nearest)) = (case.mismatches, case.nearest)
    {
        return by_path(case, Target::parse(&nearest.target).path);
    }
    let rules: Option<Vec<String>> = case.mismatches.iter().map(|m| m.field.rule()).collect();
    let rules = rules.and_then(|rules| by_rules(rules, &scope));
    if let Some(rules) = rules {
        let order = case.mismatches.iter().all(|m| matches!(m.field, Field::JsonOrder(_)));
        let when = if order { "if the order does not count" } else { &rules.when };
        return Some(way(when, &rules.how));
    }
    match case.mismatches {
        [Mismatch { field: Field::Host, recorded: Some(origin), .. }] => Some(way(
            "if the client asks the wrong host",
            &format!("send it to {origin}, or to the replay's own URL, where hosts do not count"),
        )),
        [Mismatch { field: Field::Method, recorded: Some(method), .. }] => Some(way(
            "if the client means what is recorded",
            &format!("send {method}, not {}", case.method),
        )),
        [Mismatch { field: Field::ContentType, recorded: Some(media), .. }, ..] => {
            Some(way("if the client means what is recorded", &format!("send it as {media}")))
        }
        _ => None,
    }
}

/// The options for rules of an operation; nothing where there are none, or too many.
pub(super) fn by_rules(mut rules: Vec<String>, scope: &str) -> Option<Settle> {
    if !(1..=RULES).contains(&rules.len()) {
        return None;
    }
    let when = if let [_, _, ..] = rules.as_slice() {
        "if these differ in every run"
    } else {
        "if this differs in every run"
    };
    rules.dedup();
    let given: Vec<String> =
        rules.iter().map(|rule| format!("--match {}", shell(&format!("{scope}{rule}")))).collect();
    Some(way(when, &given.join(" ")))
}

/// What settles a path that differs in nothing but segments that look like identifiers: these may be others in
/// every run.
fn by_path(case: &Case<'_>, recorded: &str) -> Option<Settle> {
    let ours: Vec<&str> = recorded.split('/').collect();
    let theirs: Vec<&str> = Target::parse(case.target).path.split('/').collect();
    if ours.len() != theirs.len() {
        return None;
    }
    let differs = |at: &usize| ours[*at] != theirs[*at] && !ours[*at].contains("{{secret");
    let differ: Vec<usize> = (1..ours.len()).filter(differs).collect();
    let is_id = |at: &usize| is_identifier(ours[*at]) && is_identifier(theirs[*at]);
    if !differ.iter().all(is_id) {
        return None;
    }
    let rules = differ.iter().map(|at| format!("bind=path:{at}")).collect();
    by_rules(rules, &scope(case.method, case.target)).map(|rules| {
        let when = rules.when.replace("if this differs", "if this identifier is another one");
        way(&when.replace("if these differ", "if these identifiers are others"), &rules.how)
    })
}

/// The command that records the request.
fn recording(case: &Case<'_>) -> String {
    let ours = |path: &&Path| path.extension().is_some_and(|ending| ending == "cassette");
    let file = case.cassette.filter(ours).map_or("NEW.cassette".to_owned(), |path| {
        let path = path.display().to_string();
        if path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-+%".contains(&b)) {
            path
        } else {
            shell(&path)
        }
    });
    let upstream = match (case.addressing, case.nearest) {
        (Addressing::Reverse, Some(place)) => {
            let target = Target::parse(&place.target);
            format!(" --upstream {}://{}", target.scheme, target.authority)
        }
        (Addressing::Reverse, None) => " --upstream URL".to_owned(),
        (Addressing::Forward, _) => String::new(),
    };
    format!("testimony record --mode new_episodes --cassette {file}{upstream} …")
}

/// The operation that a rule is for: `METHOD GLOB: `. Nothing where the path could not be told from the
/// rest of it.
pub(super) fn scope(method: &str, target: &str) -> String {
    let path = Target::parse(target).path;
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '*' | ':' | '{' | '\'');
    let piece = |segment: &str| {
        let open = is_identifier(segment) || segment.contains(odd);
        if open { "*" } else { segment }.to_owned()
    };
    let glob: Vec<String> = path.split('/').map(piece).collect();
    format!("{method} {}: ", glob.join("/"))
}

/// Whether a segment of a path looks like an identifier: a number, or long and with enough digits.
fn is_identifier(segment: &str) -> bool {
    let digits = segment.bytes().filter(u8::is_ascii_digit).count();
    let hex = segment.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    let is_number = !segment.is_empty() && digits == segment.len();
    is_number
        || (segment.len() >= IDENTIFIER && (digits * 3 > segment.len() || (hex && digits > 0)))
}

/// A word for a POSIX shell.
fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_for_the_operation() {
        let cases = [
            ("https://h/v1/images?x=1", "POST /v1/images: "),
            ("https://h/v1/p-77120934/images/12", "POST /v1/*/images/*: "),
            ("/v1/{{secret:1}}/images", "POST /v1/*/images: "),
            ("/a'b/version2", "POST /*/version2: "),
            ("/0a1b2c3d-aaaa-bbbb-cccc-ddddeeeeffff", "POST /*: "),
            ("/v2/images:batch", "POST /v2/*: "),
        ];
        for (target, expected) in cases {
            assert_eq!(scope("POST", target), expected, "{target}");
        }
        assert_eq!(shell("it's"), r"'it'\''s'");
    }
}
