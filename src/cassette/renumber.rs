//! The numbers of secrets, raised: the same number in two cassettes is not the same value, and where
//! they become one cassette each value must have a number of its own.

use crate::exchange::{Body, ContentCoding, Exchange, Headers, SocketPayload};
use regex::bytes::{Captures, Regex};
use std::sync::LazyLock;

/// The two forms of placeholder that show what they are.
static PLAIN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\{\{secret:(?<n>\d{1,9})\}\}|\b00000000-0000-4000-8000-(?<u>\d{12})\b").ok()
});
/// What may be a placeholder of digits: a nine, then the number with zeros in front.
static DIGITS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\d{6,}").ok());

/// The highest number of a secret that an exchange names, in a note or in a placeholder; 0 for none.
pub fn highest_secret(exchange: &Exchange) -> u32 {
    let noted = exchange.redacted.iter().map(|note| note.secret).max().unwrap_or(0);
    let mut highest = noted;
    let mut look = |text: &[u8]| {
        let Some(pattern) = PLAIN.as_ref() else { return };
        for found in pattern.captures_iter(text) {
            highest = highest.max(number(&found).unwrap_or(0));
        }
    };
    look(exchange.request.target.as_bytes());
    look_through(&exchange.request.headers, &exchange.request.body, &mut look);
    look_through(&exchange.request.trailers, &Body::Empty, &mut look);
    for early in &exchange.interim {
        look(early.reason.as_bytes());
        look_through(&early.headers, &Body::Empty, &mut look);
    }
    if let Some(response) = &exchange.response {
        look(response.reason.as_bytes());
        look_through(&response.headers, &response.body, &mut look);
        look_through(&response.trailers, &Body::Empty, &mut look);
    }
    if let Some(error) = &exchange.error {
        look(error.message.as_bytes());
    }
    for message in &exchange.messages {
        if let SocketPayload::Kept(bytes) = &message.payload {
            look(bytes);
        }
    }
    highest
}

fn look_through(headers: &Headers, body: &Body, look: &mut dyn FnMut(&[u8])) {
    headers.iter().for_each(|header| look(&header.value));
    if let Ok(Some(bytes)) = body.decoded(headers) {
        look(&bytes);
    }
}

fn number(found: &Captures<'_>) -> Option<u32> {
    let digits = found.name("n").or(found.name("u"))?;
    std::str::from_utf8(digits.as_bytes()).ok()?.parse().ok()
}

/// The exchange with the number of every secret raised by `by`. A body file that was not read stays as
/// it is.
#[must_use]
pub fn raised(mut exchange: Exchange, by: u32) -> Exchange {
    if by == 0 {
        return exchange;
    }
    let shift = Shift { by, notes: exchange.redacted.clone() };
    let Exchange { request, interim, response, error, messages, redacted, .. } = &mut exchange;
    shift.text(&mut request.target, "/request/target");
    shift.fields(&mut request.headers, "/request/headers");
    shift.fields(&mut request.trailers, "/request/trailers");
    shift.body(&mut request.headers, &mut request.body, "/request/body");
    for (index, early) in interim.iter_mut().enumerate() {
        let at = format!("/interim/{index}/reason");
        if let Some(shifted) = shift.shifted(early.reason.as_bytes(), &at) {
            early.reason = shifted.into();
        }
        shift.fields(&mut early.headers, &format!("/interim/{index}/headers"));
    }
    if let Some(response) = response {
        if let Some(shifted) = shift.shifted(response.reason.as_bytes(), "/response/reason") {
            response.reason = shifted.into();
        }
        shift.fields(&mut response.headers, "/response/headers");
        shift.fields(&mut response.trailers, "/response/trailers");
        shift.body(&mut response.headers, &mut response.body, "/response/body");
    }
    if let Some(error) = error {
        shift.text(&mut error.message, "/error/message");
    }
    for (index, message) in messages.iter_mut().enumerate() {
        if let SocketPayload::Kept(bytes) = &message.payload
            && let Some(shifted) = shift.shifted(bytes, &format!("/messages/{index}"))
        {
            message.payload = SocketPayload::Kept(shifted.into());
        }
    }
    for note in redacted.iter_mut().filter(|note| note.secret > 0) {
        note.secret = note.secret.saturating_add(by);
    }
    exchange
}

/// By how much, and what was replaced where.
struct Shift {
    by: u32,
    notes: Vec<crate::exchange::Redaction>,
}

impl Shift {
    /// The text with its placeholders raised; `None` where it has none.
    fn shifted(&self, text: &[u8], at: &str) -> Option<Vec<u8>> {
        let plain = PLAIN.as_ref()?.replace_all(text, |found: &Captures<'_>| {
            let raised = number(found).unwrap_or(0).saturating_add(self.by);
            match found.name("n") {
                Some(_) => format!("{{{{secret:{raised}}}}}").into_bytes(),
                None => format!("00000000-0000-4000-8000-{raised:012}").into_bytes(),
            }
        });
        // Digits say nothing of themselves: only where a note says that a secret stood.
        let noted: Vec<u32> = self
            .notes
            .iter()
            .filter(|note| note.at == at && note.secret > 0)
            .map(|n| n.secret)
            .collect();
        let whole = DIGITS.as_ref()?.replace_all(&plain, |found: &Captures<'_>| {
            let digits = &found[0];
            raised_digits(digits, &noted, self.by).unwrap_or_else(|| digits.to_vec())
        });
        (*whole != *text).then(|| whole.into_owned())
    }

    fn text(&self, text: &mut String, at: &str) {
        if let Some(shifted) = self.shifted(text.as_bytes(), at) {
            *text = String::from_utf8_lossy(&shifted).into_owned();
        }
    }

    fn fields(&self, fields: &mut Headers, at: &str) {
        for (index, field) in fields.iter_mut().enumerate() {
            if let Some(shifted) = self.shifted(&field.value, &format!("{at}/{index}")) {
                field.value = shifted;
            }
        }
    }

    /// A compressed body is compressed anew; one that this tool can't compress has no placeholder,
    /// because the redaction that put one there kept it plain.
    fn body(&self, headers: &mut Headers, body: &mut Body, at: &str) {
        let Some(bytes) = body.bytes() else { return };
        let coding = ContentCoding::of(headers).ok().flatten();
        let decoded = coding.and_then(|coding| coding.decode(bytes).ok());
        let shifted = self.shifted(decoded.as_deref().unwrap_or(bytes), at);
        let wire = match (shifted, coding.filter(|_| decoded.is_some())) {
            (None, _) => return,
            (Some(shifted), None) => shifted,
            (Some(shifted), Some(coding)) => match coding.encode(&shifted) {
                Some(wire) => wire,
                None => return,
            },
        };
        let length = wire.len().to_string();
        *body = Body::from_bytes(wire);
        if headers.contains("content-length") {
            headers.set("content-length", length);
        }
    }
}

/// Digits that stand for one of the secrets noted, raised and of the same length.
fn raised_digits(digits: &[u8], noted: &[u32], by: u32) -> Option<Vec<u8>> {
    let rest = std::str::from_utf8(digits.strip_prefix(b"9")?).ok()?;
    let number: u32 = rest.parse().ok()?;
    let width = rest.len();
    let raised = number.checked_add(by)?;
    noted.contains(&number).then(|| format!("9{raised:0>width$}").into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{ExchangeNumber, Interim, Redaction, Request, Source, Timing};

    #[test]
    fn every_form_is_raised_and_nothing_else() {
        let note = |secret, at: &str| Redaction { secret, rule: "r".into(), at: at.to_owned() };
        let body = "{\"id\": 900000000000000003, \"n\": 900000000000000004, \"u\": \"00000000-0000-4000-8000-000000000002\", \"t\": \"{{secret:1}}\"}";
        let mut exchange = Exchange {
            interim: vec![Interim {
                status: 103,
                headers: Headers::from([("X", "{{secret:2}}")]),
                ..Interim::default()
            }],
            number: ExchangeNumber(1),
            at: jiff::Timestamp::UNIX_EPOCH,
            source: Source::Live,
            request: Request {
                method: "POST".to_owned(),
                target: "http://h/?t={{secret:1}}".to_owned(),
                headers: Headers::from([("Content-Length", "0"), ("X", "900003")]),
                body: Body::from(body),
                ..Request::default()
            },
            response: None,
            timing: Timing::default(),
            error: None,
            redacted: vec![
                note(1, "/request/target"),
                note(3, "/request/body"),
                note(0, "/request/headers/0"),
            ],
            messages: Vec::new(),
            digest: None,
        };
        assert_eq!(highest_secret(&exchange), 3);
        exchange.redacted.pop();
        let after = raised(exchange, 99);
        assert_eq!(after.interim[0].headers.text("x"), Some("{{secret:101}}"));
        assert_eq!(after.request.target, "http://h/?t={{secret:100}}");
        let expected = "{\"id\": 900000000000000102, \"n\": 900000000000000004, \"u\": \"00000000-0000-4000-8000-000000000101\", \"t\": \"{{secret:100}}\"}";
        assert_eq!(after.request.body, Body::from(expected));
        assert_eq!(after.request.headers.text("x"), Some("900003"));
        assert_eq!(
            after.request.headers.text("content-length"),
            Some(expected.len().to_string().as_str())
        );
        assert_eq!(after.redacted.iter().map(|note| note.secret).collect::<Vec<_>>(), [100, 102]);
    }
}
