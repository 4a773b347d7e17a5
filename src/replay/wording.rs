//! Why a request is missed, in a sentence for people: the field at fault first.

use super::deck::Place;
use crate::matching::{Field, Mismatch, Reason};

/// Why; `place` tells where an exchange stands.
pub(super) fn told<'a>(
    reason: &Reason,
    mismatches: &[Mismatch],
    place: impl Fn(usize) -> &'a Place,
) -> String {
    match reason {
        Reason::Exhausted { recorded, asked } => {
            let times = if *recorded == 1 { "once" } else { &format!("{recorded} times") };
            format!("it was recorded {times}, and is asked for the {} time", ordinal(*asked))
        }
        Reason::Early(wanting) => {
            let Place { exchange, method, target, .. } = place(wanting.giver);
            format!(
                "`{}` was given by exchange {exchange} ({method} {target}), which was not asked for in \
                 this session",
                wanting.value
            )
        }
        Reason::Contradicted(contradiction) => {
            let holder = contradiction.exchange.map(|index| {
                let Place { exchange, method, target, .. } = place(index);
                format!(" (exchange {exchange}: {method} {target})")
            });
            format!("{contradiction}{}", holder.unwrap_or_default())
        }
        Reason::Unequal => {
            let Some(first) = mismatches.first() else {
                return "no recorded request is equal".to_owned();
            };
            let more = match mismatches.len() {
                1 => String::new(),
                2 => ", and 1 field more".to_owned(),
                count => format!(", and {} fields more", count - 1),
            };
            format!("{}{more}", fault(first))
        }
    }
}

/// One field that is at fault.
fn fault(Mismatch { field, recorded, sent }: &Mismatch) -> String {
    let side = |side: &Option<String>| side.clone().unwrap_or_default();
    let (ours, theirs) = (side(recorded), side(sent));
    match field {
        Field::Method => return format!("recorded with {ours}, asked with {theirs}"),
        Field::Host => return format!("recorded for host {ours}, asked for {theirs}"),
        Field::JsonOrder(_) => return format!("{field}: the same elements in another order"),
        Field::PartOrder => return "the parts of the body come in another order".to_owned(),
        Field::ContentType => return format!("{field}: sent as {theirs}, recorded as {ours}"),
        Field::Body => return format!("body: sent {theirs}, recorded {ours}"),
        Field::MediaType => {
            return format!("{field}: the same body, sent as {theirs}, recorded as {ours}");
        }
        _ => {}
    }
    if field.is_xml_order() {
        return format!("{field}: sent in the order {theirs}, recorded in the order {ours}");
    }
    match (recorded, sent) {
        (Some(_), None) => format!("{field} is recorded and was not sent"),
        (None, Some(_)) => format!("{field} was sent and is not recorded"),
        (Some(ours), Some(theirs)) if matches!(field, Field::Json(_)) => {
            match (json_kind(ours), json_kind(theirs)) {
                (ours, theirs) if ours == theirs => format!("{field} differs"),
                (ours, theirs) => {
                    format!("{field} is recorded as {ours}, and was sent as {theirs}")
                }
            }
        }
        _ => format!("{field} differs"),
    }
}

/// The kind of a JSON value that is told.
fn json_kind(text: &str) -> &'static str {
    match text.trim_start_matches('…').bytes().next() {
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b't' | b'f') if matches!(text, "true" | "false") => "true or false",
        Some(b'n') if text == "null" => "null",
        Some(b'-' | b'0'..=b'9') if !text.starts_with('…') => "a number",
        _ => "a string",
    }
}

fn ordinal(number: usize) -> String {
    let ending = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_counted_as_people_do() {
        let told: Vec<String> = [1, 2, 3, 4, 11, 13, 21, 102].into_iter().map(ordinal).collect();
        assert_eq!(told, ["1st", "2nd", "3rd", "4th", "11th", "13th", "21st", "102nd"]);
    }
}
