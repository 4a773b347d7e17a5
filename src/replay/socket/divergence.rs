use super::script::Line;
use crate::diff::{Difference, text_differences};
use crate::exchange::{SocketKind, SocketMessage, SocketPayload};
use crate::matching::{Messages, Mismatch};
use crate::net::websocket::Whole;
use bytes::Bytes;

/// How a placeholder begins.
const SECRET: &str = "{{secret";

/// Where a client says something else than was recorded, or what was recorded can't be said.
#[derive(Debug, Clone, PartialEq)]
pub struct Divergence {
    /// What is wrong.
    pub reason: String,
    /// What is recorded (left) and what was sent (right).
    pub differences: Vec<Difference>,
    /// The matching rules under which these would not count; none where no rule would do.
    pub rules: Vec<String>,
}

impl Divergence {
    /// A message that is not the recorded one; redacted.
    pub fn other(line: &Line, sent: &Whole, messages: &Messages) -> Self {
        let number = line.number;
        let at = format!("message {number}");
        let (recorded, kinds) = (&line.message, (line.message.kind, sent.kind));
        let (differences, rules) = match (kinds, &recorded.payload, &sent.payload) {
            (
                (SocketKind::Text, SocketKind::Text),
                SocketPayload::Kept(left),
                SocketPayload::Kept(right),
            ) => of_texts(&at, left, right, messages),
            _ => (Vec::new(), Vec::new()),
        };
        let differences = if differences.is_empty() {
            let (left, mut right) = (shown(recorded), shown_sent(sent));
            if left.contains(SECRET) {
                right = format!("{}, which is not shown: a secret is recorded", sent.kind.as_str());
            }
            vec![Difference::new(at, Some(&left), Some(&right))]
        } else {
            differences
        };
        let reason =
            format!("the client's message is not message {number} of the recorded WebSocket");
        Self { reason, differences, rules }
    }

    /// A message after the last that was recorded.
    pub fn more(last: Option<&Line>, sent: &Whole) -> Self {
        let number = last.map_or(0, |line| line.number);
        let at = format!("message {}", number + 1);
        Self {
            reason: format!("the recorded WebSocket has no message of the client after {number}"),
            differences: vec![Difference::new(at, None, Some(&shown_sent(sent)))],
            rules: Vec::new(),
        }
    }

    /// A message of the server of which only the length was recorded.
    pub fn unkept(line: &Line, bytes: u64) -> Self {
        let number = line.number;
        Self {
            reason: format!(
                "of message {number} of the recorded WebSocket only the length was kept: {bytes} bytes"
            ),
            differences: Vec::new(),
            rules: Vec::new(),
        }
    }
}

/// Where two texts differ, and the rules under which that would not count.
fn of_texts(
    at: &str,
    left: &Bytes,
    right: &Bytes,
    messages: &Messages,
) -> (Vec<Difference>, Vec<String>) {
    // What is sent in the place of a secret is one.
    let is_open = |d: &Difference| d.left.as_ref().is_none_or(|left| !left.contains(SECRET));
    if let Some(apart) = messages.apart(left, right) {
        let rules: Option<Vec<String>> = apart.iter().map(|one| one.field.rule()).collect();
        let found = apart.iter().map(Mismatch::difference).filter(is_open);
        let placed = |d: Difference| {
            let place = d.at.strip_prefix("body:").unwrap_or(&d.at);
            Difference { at: format!("{at}:{place}"), ..d }
        };
        return (found.map(placed).collect(), rules.unwrap_or_default());
    }
    match (std::str::from_utf8(left), std::str::from_utf8(right)) {
        (Ok(left), Ok(right)) if left.contains('\n') || right.contains('\n') => {
            let placed = |d: Difference| Difference { at: format!("{at}:{}", d.at), ..d };
            let found = text_differences(left, right).into_iter();
            (found.filter(is_open).map(placed).collect(), Vec::new())
        }
        _ => (Vec::new(), Vec::new()),
    }
}

fn shown(message: &SocketMessage) -> String {
    told(message.kind, message.code, &message.payload)
}

fn shown_sent(sent: &Whole) -> String {
    told(sent.kind, sent.code, &sent.payload)
}

fn told(kind: SocketKind, code: Option<u16>, payload: &SocketPayload) -> String {
    /// Most bytes that are shown.
    const MOST: usize = 200;
    let word = kind.as_str();
    match (kind, payload) {
        (SocketKind::Close, _) => match code {
            Some(code) => format!("{word} {code}"),
            None => format!("{word} without a code"),
        },
        (_, SocketPayload::Omitted(bytes)) => format!("{word} of {bytes} bytes"),
        (_, SocketPayload::Kept(bytes)) => {
            let start = &bytes[..bytes.len().min(MOST)];
            match std::str::from_utf8(bytes) {
                Ok(text) => format!("{word}: {text}"),
                Err(_) => format!("{word}: {}", start.escape_ascii()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::SocketPeer;

    fn line(kind: SocketKind, payload: &str, code: Option<u16>) -> Line {
        let payload = SocketPayload::Kept(payload.to_owned().into());
        let from = SocketPeer::Client;
        let message = SocketMessage { from, at_ms: 0.0, kind, code, payload, compressed: false };
        Line { number: 3, message }
    }

    fn sent(kind: SocketKind, payload: &str, code: Option<u16>) -> Whole {
        let payload = SocketPayload::Kept(payload.to_owned().into());
        Whole { kind, code, payload, compressed: false }
    }

    #[test]
    fn the_field_at_fault_is_named() {
        use SocketKind::{Binary, Close, Text};
        let cases = [
            ((Text, "{\"a\":[1,2]}", None), (Text, "{\"a\":[1,3]}", None), "message 3:/a/1", "3"),
            ((Text, "one", None), (Text, "two", None), "message 3", "text: two"),
            (
                (Text, "{\"k\":\"{{secret:1}}\",\"n\":1}", None),
                (Text, "{\"k\":\"hush\",\"n\":2}", None),
                "message 3:/n",
                "2",
            ),
            (
                (Text, "auth {{secret:1}}", None),
                (Text, "say hush", None),
                "message 3",
                "text, which is not shown: a secret is recorded",
            ),
            ((Text, "one", None), (Binary, "one", None), "message 3", "binary: one"),
            ((Text, "a\nb", None), (Text, "a\nc", None), "message 3:line 2", "c"),
            ((Close, "", Some(1000)), (Close, "", Some(1001)), "message 3", "close 1001"),
            ((Close, "", Some(1000)), (Close, "", None), "message 3", "close without a code"),
        ];
        for (recorded, said, at, right) in cases {
            let divergence = Divergence::other(
                &line(recorded.0, recorded.1, recorded.2),
                &sent(said.0, said.1, said.2),
                &Messages::default(),
            );
            let [difference] = divergence.differences.as_slice() else { panic!("{divergence:?}") };
            assert_eq!(difference.at, at);
            assert_eq!(difference.right.as_deref(), Some(right));
        }
    }
}
