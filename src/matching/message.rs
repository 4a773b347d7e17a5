use super::canonical::Canonical;
use super::holes;
use super::rules::Rules;
use crate::exchange::{Body, Request};
use bytes::Bytes;

/// Whether a message of a WebSocket says what a recorded one says: JSON by meaning, other texts by
/// their characters, with any value where a secret was recorded.
pub fn says_the_same(recorded: &Bytes, sent: &Bytes) -> bool {
    let canonical = |message: &Bytes| {
        let body = Body::from_bytes(message.clone());
        Canonical::of(
            &Request { target: "/".to_owned(), body, ..Request::default() },
            &Rules::default(),
        )
    };
    let (recorded, sent) = (canonical(recorded), canonical(sent));
    recorded == sent || (holes::has(&recorded) && holes::fit(&recorded, &sent).is_some())
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
            let same = says_the_same(&recorded.into(), &sent.into());
            assert_eq!(same, expected, "{recorded} {sent}");
        }
    }
}
