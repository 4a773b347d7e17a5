use super::bodies;
use super::canonical::{Canonical, CanonicalBody};
use super::comparison::Comparison;
use super::field::Mismatch;
use super::holes;
use super::rules::Rules;
use crate::exchange::{Body, Request};
use bytes::Bytes;

/// How the messages of a WebSocket are compared: by the rules for its handshake.
#[derive(Debug, Clone, Default)]
pub struct Messages {
    rules: Rules,
    method: String,
    target: String,
}

impl Messages {
    pub(super) fn of(handshake: &Request, rules: &Rules) -> Self {
        let Request { method, target, .. } = handshake.clone();
        Self { rules: rules.clone(), method, target }
    }

    /// Whether a message says what a recorded one says: JSON by meaning, other texts by their
    /// characters, with any value where a secret was recorded.
    pub fn say_the_same(&self, recorded: &Bytes, sent: &Bytes) -> bool {
        let (recorded, sent) = (self.canonical(recorded), self.canonical(sent));
        recorded == sent || (holes::has(&recorded) && holes::fit(&recorded, &sent).is_some())
    }

    /// Where two messages of JSON differ; `None` where one is none.
    pub fn apart(&self, recorded: &Bytes, sent: &Bytes) -> Option<Vec<Mismatch>> {
        let (recorded, sent) = (self.canonical(recorded), self.canonical(sent));
        let (CanonicalBody::Json(_), CanonicalBody::Json(_)) = (&recorded.body, &sent.body) else {
            return None;
        };
        let mut found = Comparison::default();
        bodies::compare(&recorded.body, &sent.body, &mut found);
        Some(found.into_parts().0)
    }

    /// Method and URL of the handshake.
    pub fn handshake(&self) -> (&str, &str) {
        (&self.method, &self.target)
    }

    fn canonical(&self, message: &Bytes) -> Canonical {
        let (method, target) = (self.method.clone(), self.target.clone());
        let body = Body::from_bytes(message.clone());
        Canonical::of(&Request { method, target, body, ..Request::default() }, &self.rules)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_by_what_they_say() {
        let cases = [
            ("{\"a\":1,\"b\":[2]}", "{ \"b\": [2.0], \"a\": 1 }", true),
            ("{\"a\":1}", "{\"a\":\"1\"}", false),
            ("hello", "hello", true),
            ("hello", "Hello", false),
            ("", "", true),
            ("", "x", false),
            ("{\"token\":\"{{secret:1}}\",\"n\":1}", "{\"n\":1,\"token\":\"abc\"}", true),
            ("{\"token\":\"{{secret:1}}\",\"n\":1}", "{\"n\":2,\"token\":\"abc\"}", false),
            ("auth {{secret:1}}", "auth {{secret:9}}", true),
        ];
        for (recorded, sent, expected) in cases {
            let same = Messages::default().say_the_same(&recorded.into(), &sent.into());
            assert_eq!(same, expected, "{recorded} {sent}");
        }
    }

    #[test]
    fn rules_are_those_for_the_handshake() {
        let mut rules = Rules::default();
        for rule in [
            "GET /ws: ignore-json=$.id",
            "GET /ws: unordered-json=$.tags",
            "ignore-text=at \\d+",
            "GET /raw: body=bytes",
        ] {
            rules.add(rule).unwrap();
        }
        let same = |target: &str, recorded: &'static str, sent: &'static str| {
            let handshake =
                Request { method: "GET".into(), target: target.into(), ..Request::default() };
            let messages = Messages::of(&handshake, &rules);
            messages.say_the_same(&recorded.into(), &sent.into())
        };
        let (left, right) = ("{\"id\":1,\"tags\":[1,2]}", "{\"tags\":[2,1],\"id\":\"x\"}");
        assert!(same("http://h/ws?x=1", left, right));
        assert!(!same("http://h/other", left, right));
        assert!(same("/other", "it is at 12", "it is at 345"));
        assert!(!same("/raw", "{ }", "{}"));
    }
}
