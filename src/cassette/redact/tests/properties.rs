//! What holds for any secret in any text.

use super::*;
use crate::cassette::redact::spelling::encodings::forms;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use proptest::prelude::*;

fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn hexadecimal(byte: u8) -> String {
    format!("{byte:02X}")
}

fn spelt(value: &str, way: u8, before: &str, after: &str) -> String {
    let percent = |text: &str| percent_encode(text.as_bytes(), NON_ALPHANUMERIC).to_string();
    match way {
        0 => value.to_owned(),
        1 => percent(value),
        2 => percent(&percent(value)),
        3 => json(value),
        4 => json(&json(value)),
        5 => percent(&json(value)),
        6 => json(value).replace('/', "\\/"),
        7 => value.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;"),
        8 => value.bytes().flat_map(|byte| ["\\u00".to_owned(), hexadecimal(byte)]).collect(),
        9 => value.bytes().map(hexadecimal).collect(),
        _ => BASE64_STANDARD.encode(format!("{before}{value}{after}")),
    }
}

proptest! {
    #[test]
    fn no_spelling_of_a_known_secret_is_left(
        value in "[A-Z][!-~]{6,30}[0-9]",
        way in 0..11_u8,
        before in "[ -~]{0,20}",
        after in "[ -~]{0,20}",
    ) {
        let redactor = Redactor::new(vec![("V".to_owned(), Secret::new(value.as_bytes()))]);
        let text = spelt(&value, way, &before, &after);
        let body = format!("{before} {text} {after}");
        let redacted = redactor.redact(exchange("http://h/", Headers::new(), &body));
        let left = redacted.exchange().request.body.bytes().unwrap().to_vec();
        for (_, form) in forms(value.as_bytes()) {
            prop_assert!(!left.windows(form.len()).any(|window| window == form), "{body:?}");
        }
        let whole = format!(" {text} ");
        prop_assert!(!String::from_utf8_lossy(&left).contains(&whole), "{body:?}");
        // And it can't be put together again from what is left.
        let again = redactor.redact(redacted.exchange().clone());
        prop_assert_eq!(again.exchange().request.body.clone(), redacted.exchange().request.body.clone());
    }

    #[test]
    fn nothing_hostile_takes_it_down(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut given = exchange("http://h/?password=%zz&x=%", Headers::new(), "");
        given.request.headers.push("Authorization", &bytes);
        given.request.headers.push("Cookie", &bytes);
        given.request.headers.push("Location", &bytes);
        given.request.body = Body::from_bytes(bytes);
        Redactor::new(vec![("V".to_owned(), Secret::new("ab"))]).redact(given);
    }

    #[test]
    fn json_stays_json_whatever_it_holds(text in "[\\PC]{0,40}", name in "(password|token|tokens|name|value|data)") {
        let body = serde_json::json!({ "a": { &*name: text }, &*name: [text, 7] }).to_string();
        let redacted = Redactor::default().redact(exchange("http://h/", Headers::new(), &body));
        let left = redacted.exchange().request.body.bytes().unwrap().to_vec();
        prop_assert!(serde_json::from_slice::<serde_json::Value>(&left).is_ok(), "{body} {}", String::from_utf8_lossy(&left));
    }
}
