//! What counts and what does not, matcher by matcher.

use super::{Addressing, Canonical, Repeat, Rules, Tape};
use crate::exchange::{Body, Exchange, ExchangeNumber, Headers, Request, Source, Timing};
use proptest::prelude::*;

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

fn rules(texts: &[&str]) -> Rules {
    let mut rules = Rules::default();
    for text in texts {
        rules.add(text).unwrap();
    }
    rules
}

fn request(target: &str, headers: &[(&str, &str)], body: &str) -> Request {
    let mut fields = Headers::new();
    for (name, value) in headers {
        fields.push(*name, value);
    }
    Request {
        method: "POST".to_owned(),
        target: format!("http://h{target}"),
        headers: fields,
        body: Body::from(body),
        ..Request::default()
    }
}

/// Whether two requests are one under rules; equality and keys must agree.
fn same(texts: &[&str], left: &Request, right: &Request) -> bool {
    let rules = rules(texts);
    let (left, right) = (Canonical::of(left, &rules), Canonical::of(right, &rules));
    assert_eq!(left == right, left.key() == right.key(), "{left:?} {right:?}");
    left == right
}

#[test]
fn headers() {
    let with = |list: &[(&str, &str)]| request("/", list, "");
    for (rules, left, right, expected) in [
        // Without rules: those that select an operation count, others do not.
        (&[][..], &[("x-acs-action", "A")][..], &[("X-Acs-Action", "A")][..], true),
        (&[], &[("x-acs-action", "A")], &[("x-acs-action", "B")], false),
        (&[], &[("X-Amz-Target", "A")], &[], false),
        (&[], &[("Accept", "a"), ("User-Agent", "x")], &[("Accept", "b")], true),
        (&["ignore-header=x-acs-*"], &[("x-acs-action", "A")], &[("x-acs-action", "B")], true),
        (&["ignore-header=SOAPAction"], &[("soapaction", "A")], &[], true),
        (&["require-header=accept"], &[("Accept", "a")], &[("ACCEPT", "a")], true),
        (&["require-header=accept"], &[("Accept", "a")], &[("Accept", "b")], false),
        (&["require-header=accept"], &[("Accept", "a")], &[], false),
        (&["require-header=accept"], &[], &[], true),
        (&["require-header=a"], &[("a", "1"), ("a", "2")], &[("a", "2"), ("a", "1")], false),
        (&["require-header=a"], &[("a", "1"), ("a", "2")], &[("a", "1, 2")], false),
        (
            &["require-header=x-*"],
            &[("X-B", "1"), ("X-A", "2")],
            &[("x-a", "2"), ("x-b", "1")],
            true,
        ),
        (&["require-header=x-*"], &[("X-A", "1")], &[("X-B", "1")], false),
        (
            &["present-header=authorization"],
            &[("Authorization", "a")],
            &[("authorization", "b")],
            true,
        ),
        (&["present-header=authorization"], &[("Authorization", "a")], &[], false),
        // The exact name goes before the glob, whatever the order.
        (&["ignore-header=x-a", "require-header=x-*"], &[("x-a", "1")], &[("x-a", "2")], true),
        (&["require-header=x-a", "ignore-header=x-*"], &[("x-a", "1")], &[("x-a", "2")], false),
        // The later of two rules for one name stands.
        (&["require-header=x-a", "ignore-header=X-A"], &[("x-a", "1")], &[("x-a", "2")], true),
        // The operation's goes before the general one.
        (
            &["POST /: ignore-header=x-a", "require-header=x-a"],
            &[("x-a", "1")],
            &[("x-a", "2")],
            true,
        ),
        (
            &["PUT /: ignore-header=x-a", "require-header=x-a"],
            &[("x-a", "1")],
            &[("x-a", "2")],
            false,
        ),
        (&["require-header=a"], &[("a", "{{secret:1}}")], &[("a", "{{secret:2}}")], true),
        // What a present one stands for is no value that another could have.
        (&["present-header=a"], &[("a", "")], &[("a", "(any value)")], true),
    ] {
        assert_eq!(
            same(rules, &with(left), &with(right)),
            expected,
            "{rules:?} {left:?} {right:?}"
        );
    }
}

#[test]
fn queries() {
    for (rules, left, right, expected) in [
        (&[][..], "?a=1&b=2", "?b=2&a=1", true),
        (&[], "?a=1&a=1", "?a=1", false),
        (&[], "?a=1&a=2", "?a=2&a=1", true),
        (&[], "?a", "?a=", true),
        (&[], "?a=x%20y", "?a=x+y", true),
        (&[], "?a=1", "?A=1", false),
        (&[], "?", "", true),
        (&[], "?x-oss-process=a", "?x-oss-process=b", false),
        (&[], "?timestamp=1", "?timestamp=2", false),
        (&["ignore-query=a"], "?a=1&b=2", "?a=9&b=2", true),
        (&["ignore-query=a"], "?a=1&b=2", "?b=2", true),
        (&["ignore-query=a"], "?a=1&b=2", "?a=1&b=3", false),
        (&["ignore-query=_*"], "?_=1&_ts=2", "?_=5", true),
        (&["ignore-query=_*"], "?x_=1", "?x_=2", false),
        (&["ignore-query=A"], "?a=1", "?a=2", true),
        (&["POST /x: ignore-query=a"], "?a=1", "?a=2", false),
        (&["* *: ignore-query=a"], "?a=1", "?a=2", true),
        (&["ignore-query=*"], "?a=1&b=2", "", true),
        (&["ignore-form=a"], "?a=1", "?a=2", false),
    ] {
        let of = |query: &str| request(&format!("/{query}"), &[], "");
        assert_eq!(same(rules, &of(left), &of(right)), expected, "{rules:?} {left} {right}");
    }
}

#[test]
fn json_bodies() {
    for (rules, left, right, expected) in [
        (&[][..], r#"{"a":1,"b":[1,2]}"#, r#" {"b": [1.0, 2e0], "a": 1} "#, true),
        (&[], r#"{"a":[1,2]}"#, r#"{"a":[2,1]}"#, false),
        (&[], r#"{"a":1}"#, r#"{"a":"1"}"#, false),
        (&[], r#"{"a":1}"#, r#"{"a":1,"b":null}"#, false),
        (&[], "812345678901234567123", "812345678901234567124", false),
        (&["ignore-json=$.b"], r#"{"a":1,"b":2}"#, r#"{"b":3,"a":1}"#, true),
        (&["ignore-json=$.b"], r#"{"a":1,"b":{"c":[1]}}"#, r#"{"a":1}"#, true),
        (&["ignore-json=$.b"], r#"{"a":1,"b":2}"#, r#"{"a":2,"b":2}"#, false),
        (&["ignore-json=$.b"], r#"{"a":{"b":1}}"#, r#"{"a":{"b":2}}"#, false),
        (&["ignore-json=$..b"], r#"{"a":{"b":1}}"#, r#"{"a":{"b":2}}"#, true),
        (
            &["ignore-json=$[*].id"],
            r#"[{"id":1,"n":1},{"id":2}]"#,
            r#"[{"n":1,"id":3},{"id":4}]"#,
            true,
        ),
        (&["ignore-json=$[*].id"], r#"[{"id":1}]"#, r#"[{"id":1},{"id":2}]"#, false),
        (&["ignore-json=$[0]"], "[1,2]", "[9,2]", true),
        (&["ignore-json=$[1:]"], "[1,2,3]", "[1]", true),
        (&["ignore-json=$.a['b c']"], r#"{"a":{"b c":1}}"#, r#"{"a":{"b\u0020c":2}}"#, true),
        (&["ignore-json=$"], r#"{"a":1}"#, "[2]", true),
        (&["unordered-json=$.a"], r#"{"a":[1,{"x":1},"s"]}"#, r#"{"a":["s",1,{"x":1.0}]}"#, true),
        (&["unordered-json=$.a"], r#"{"a":[1,1,2]}"#, r#"{"a":[1,2,2]}"#, false),
        (&["unordered-json=$.a"], r#"{"b":[1,2]}"#, r#"{"b":[2,1]}"#, false),
        (&["unordered-json=$.a"], r#"{"a":[[1,2]]}"#, r#"{"a":[[2,1]]}"#, false),
        (&["unordered-json=$..*"], r#"{"a":[[1,2],3]}"#, r#"{"a":[3,[2,1]]}"#, true),
        (
            &["unordered-json=$"],
            r#"["{{secret:1}}b","{{secret:2}}a"]"#,
            r#"["{{secret:1}}a","{{secret:2}}b"]"#,
            true,
        ),
        (
            &["unordered-json=$", "ignore-json=$[*].id"],
            r#"[{"id":1,"n":"a"},{"id":2,"n":"b"}]"#,
            r#"[{"id":5,"n":"b"},{"id":6,"n":"a"}]"#,
            true,
        ),
        (&["ignore-text=[0-9]+"], r#"{"a":"run-12"}"#, r#"{"a":"run-7"}"#, true),
        (&["ignore-text=[0-9]+"], r#"{"a":12}"#, r#"{"a":7}"#, false),
        (&["ignore-text=[0-9]+"], r#"{"a1":"x"}"#, r#"{"a2":"x"}"#, false),
        (&["body=bytes"], r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, false),
        (&["body=text"], "{\"a\":1,\r\n\"b\":2}", "{\"a\":1,\n\"b\":2}", true),
        (&["body=ignore"], r#"{"a":1}"#, "", true),
        (&["GET /: body=ignore"], r#"{"a":1}"#, "", false),
    ] {
        let of = |body: &str| request("/", &[], body);
        assert_eq!(same(rules, &of(left), &of(right)), expected, "{rules:?} {left} {right}");
    }
}

#[test]
fn forms() {
    for (rules, left, right, expected) in [
        (&[][..], "a=1&b=2", "b=2&a=1", true),
        (&[], "a=1&a=1", "a=1", false),
        (&[], "a=%C3%A9", "a=é", true),
        (&[], "a=x+y", "a=x%20y", true),
        (&[], "a=1&Signature=x&Timestamp=1", "a=1&Timestamp=2&Signature=y", true),
        (&[], "a=1&timestamp=1", "a=1&timestamp=2", false),
        (&["ignore-form=ClientToken"], "a=1&ClientToken=x", "a=1&ClientToken=y", true),
        (&["ignore-form=ClientToken"], "a=1&ClientToken=x", "a=1", true),
        (&["ignore-form=ClientToken"], "a=1&ClientToken=x", "a=2&ClientToken=x", false),
        (&["ignore-form=Tag.*"], "Tag.1=x&Tag.2=y", "Tag.1=z", true),
        (&["ignore-query=a"], "a=1", "a=2", false),
        (&["ignore-text=-[0-9a-f]{6}$"], "name=x-12ab34", "name=x-ff00ff", true),
        (&["body=bytes"], "a=1&b=2", "b=2&a=1", false),
    ] {
        let of = |body: &str| request("/", &[FORM], body);
        assert_eq!(same(rules, &of(left), &of(right)), expected, "{rules:?} {left} {right}");
    }
    let untyped = |body: &str| request("/", &[], body);
    assert!(!same(&[], &untyped("a=1&b=2"), &untyped("b=2&a=1")), "nobody says that it is a form");
    assert!(same(&["body=form"], &untyped("a=1&b=2"), &untyped("b=2&a=1")));
}

/// An upload of parts, each with its head and content.
fn upload(boundary: &str, parts: &[(&str, &str)]) -> Request {
    let mut body = String::new();
    for (head, content) in parts {
        body.push_str("--");
        body.push_str(boundary);
        body.push_str("\r\n");
        body.push_str(head);
        body.push_str("\r\n\r\n");
        body.push_str(content);
        body.push_str("\r\n");
    }
    body.push_str("--");
    body.push_str(boundary);
    body.push_str("--\r\n");
    let media = format!("multipart/form-data; boundary={boundary}");
    request("/", &[("Content-Type", &media)], &body)
}

/// Rules, the parts of two uploads, whether they are one.
type Uploads<'a> = (&'a [&'a str], Vec<(&'a str, &'a str)>, Vec<(&'a str, &'a str)>, bool);

#[test]
fn uploads() {
    let part = |name: &str| format!("Content-Disposition: form-data; name=\"{name}\"");
    let (a, b) = (part("a"), part("b"));
    let json = format!("{a}\r\nContent-Type: application/json");
    let (signature, policy) = (part("x-amz-signature"), part("policy"));
    let cases: &[Uploads<'_>] = &[
        (&[], vec![(&a, "1"), (&b, "2")], vec![(&a, "1"), (&b, "2")], true),
        (&[], vec![(&a, "1"), (&b, "2")], vec![(&b, "2"), (&a, "1")], true),
        (&[], vec![(&a, "1"), (&a, "2")], vec![(&a, "2"), (&a, "1")], false),
        (&[], vec![(&a, "1")], vec![(&a, "2")], false),
        (&[], vec![(&a, "1")], vec![(&b, "1")], false),
        (&[], vec![(&a, "1"), (&b, "2")], vec![(&a, "1")], false),
        (&[], vec![(&json, "{\"x\":1,\"y\":2}")], vec![(&json, "{\"y\":2,\"x\":1}")], true),
        (&[], vec![(&a, "{\"x\":1,\"y\":2}")], vec![(&a, "{\"y\":2,\"x\":1}")], false),
        (&["ignore-json=$.x"], vec![(&json, "{\"x\":1}")], vec![(&json, "{\"x\":2}")], true),
        (&["ignore-part=b"], vec![(&a, "1"), (&b, "2")], vec![(&a, "1"), (&b, "3")], true),
        (&["ignore-part=b"], vec![(&a, "1"), (&b, "2")], vec![(&a, "1")], true),
        (&["ignore-part=b"], vec![(&a, "1"), (&b, "2")], vec![(&a, "2"), (&b, "2")], false),
        (&["ignore-text=[0-9]"], vec![(&a, "x1")], vec![(&a, "x2")], true),
        // An upload that a policy allows (S3, GCS, OSS).
        (
            &[],
            vec![(&a, "1"), (&policy, "p"), (&signature, "s")],
            vec![(&a, "1"), (&policy, "q"), (&signature, "t")],
            true,
        ),
        (&[], vec![(&policy, "p")], vec![(&policy, "q")], false),
    ];
    for (rules, left, right, expected) in cases {
        let (left, right) = (upload("one", left), upload("another", right));
        assert_eq!(same(rules, &left, &right), *expected, "{rules:?} {left:?} {right:?}");
    }
    let mut untyped = upload("one", &[(&a, "1")]);
    untyped.headers.remove("content-type");
    let mut other = upload("two", &[(&a, "1")]);
    other.headers.remove("content-type");
    assert!(!same(&[], &untyped, &other));
    assert!(same(&["body=multipart"], &untyped, &other));
}

#[test]
fn texts_and_bytes() {
    for (rules, left, right, expected) in [
        (&[][..], "a\r\nb", "a\nb", false),
        (&["body=text"], "a\r\nb", "a\nb", true),
        (&["body=text"], "a\rb", "a\nb", false),
        (&["body=bytes"], "a\r\nb", "a\nb", false),
        (&["ignore-text=id=[0-9]+"], "x id=1 y", "x id=22 y", true),
        (&["ignore-text=id=[0-9]+"], "x id=1 y", "x id=1 z", false),
        (&["ignore-text=<t>.*?</t>"], "<a><t>1</t></a>", "<a><t>2</t></a>", true),
        (&["body=bytes", "ignore-text=[0-9]"], "1", "2", false),
        (&["body=json"], "not json", "not json", true),
        (&["body=json"], "not json", "not  json", false),
        (&[], "t {{secret:1}}", "t {{secret:2}}", true),
        (&["body=ignore"], "a", "b", true),
        (&["ignore-json=$.a"], "a", "b", false),
    ] {
        let of = |body: &str| request("/", &[("Content-Type", "text/plain")], body);
        assert_eq!(same(rules, &of(left), &of(right)), expected, "{rules:?} {left} {right}");
    }
}

#[test]
fn compressed_bodies_are_compared_decoded() {
    use std::io::Write as _;
    let gzip = |text: &str, level: u32| {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(level));
        out.write_all(text.as_bytes()).unwrap();
        let mut request = request("/", &[("Content-Encoding", "gzip")], "");
        request.body = Body::from_bytes(out.finish().unwrap());
        request
    };
    let long = "{\"a\":1,\"b\":\"".to_owned() + &"x".repeat(500) + "\"}";
    let turned = "{\"b\":\"".to_owned() + &"x".repeat(500) + "\",\"a\":1}";
    assert!(same(&[], &gzip(&long, 0), &gzip(&turned, 9)));
    assert!(same(&["ignore-json=$.b"], &gzip(&long, 1), &gzip("{\"a\":1}", 1)));
    assert!(same(&[], &gzip(&long, 0), &request("/", &[], &turned)), "or plain");
}

#[test]
fn each_recording_keeps_its_own_rules() {
    let exchange = |target: &str| Exchange {
        number: ExchangeNumber(1),
        at: jiff::Timestamp::UNIX_EPOCH,
        source: Source::Live,
        request: request(target, &[], ""),
        response: None,
        timing: Timing::default(),
        error: None,
        redacted: Vec::new(),
        messages: Vec::new(),
        interim: Vec::new(),
        digest: None,
    };
    let (first, second) = ([exchange("/a?n=1")], [exchange("/a?n=2"), exchange("/b?n=1")]);
    let (strict, loose) = (Rules::default(), rules(&["ignore-query=n"]));
    let tape = Tape::spliced([(&first[..], &strict), (&second[..], &loose)], Repeat::Last);
    let ask = |target: &str| tape.answer(&request(target, &[], ""), Addressing::Forward).ok();
    assert_eq!(ask("/b?n=7"), Some(2), "the loose one's");
    assert_eq!(ask("/a?n=7"), Some(1));
    assert_eq!(ask("/a?n=1"), Some(0), "first what was not served, by its own rules");
    assert_eq!(ask("/a?n=1"), Some(0));
    assert_eq!(ask("/c"), None);
    let tape = Tape::spliced([(&first[..], &strict), (&second[..], &loose)], Repeat::Last);
    let ask = |target: &str| tape.answer(&request(target, &[], ""), Addressing::Forward).ok();
    assert_eq!((ask("/a?n=1"), ask("/a?n=1")), (Some(0), Some(1)), "in recorded order");
    let near = tape.nearest(&request("/a?n=3&x=1", &[], ""), Addressing::Forward, 5);
    assert!(near.iter().all(|near| !near.mismatches.is_empty()));
}

/// A JSON value that is not too deep.
fn json_value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i32>().prop_map(Into::into),
        "[a-z{}\\\\\"é]{0,6}".prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::btree_map("[a-d]", inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_ignored_does_not_count_and_all_else_does(
        value in json_value(), noise in json_value(), other in json_value(),
    ) {
        let body = |value: &serde_json::Value, noise: &serde_json::Value| {
            request("/", &[], &serde_json::json!({"kept": value, "noise": noise}).to_string())
        };
        let rule = ["ignore-json=$.noise"];
        prop_assert!(same(&rule, &body(&value, &noise), &body(&value, &other)));
        prop_assert_eq!(same(&rule, &body(&value, &noise), &body(&other, &noise)), value == other);
        prop_assert_eq!(same(&[], &body(&value, &noise), &body(&value, &other)), noise == other);
    }

    #[test]
    fn order_does_not_count_where_it_is_told_so(
        items in prop::collection::vec(json_value(), 0..6), turn in 0..6_usize,
    ) {
        let mut turned = items.clone();
        turned.rotate_left(turn.min(items.len()));
        let body = |items: &[serde_json::Value]| {
            request("/", &[], &serde_json::json!({"list": items}).to_string())
        };
        prop_assert!(same(&["unordered-json=$.list"], &body(&items), &body(&turned)));
        prop_assert_eq!(same(&[], &body(&items), &body(&turned)), items == turned);
        let mut more = items.clone();
        more.push(serde_json::json!("one more"));
        prop_assert!(!same(&["unordered-json=$.list"], &body(&items), &body(&more)));
    }

    #[test]
    fn queries_are_multisets_without_what_is_ignored(
        pairs in prop::collection::vec(("[a-c]", "[a-z0-9]{0,3}"), 0..6), turn in 0..6_usize,
        noise in prop::collection::vec("[a-z]{1,3}", 0..3),
    ) {
        let target = |pairs: &[(String, String)], noise: &[String]| {
            let kept = pairs.iter().map(|(name, value)| format!("{name}={value}"));
            let rest = noise.iter().map(|value| format!("n-{value}=x"));
            request(&format!("/?{}", kept.chain(rest).collect::<Vec<_>>().join("&")), &[], "")
        };
        let mut turned = pairs.clone();
        turned.rotate_left(turn.min(pairs.len()));
        prop_assert!(same(&["ignore-query=n-*"], &target(&pairs, &noise), &target(&turned, &[])));
        prop_assert_eq!(same(&[], &target(&pairs, &noise), &target(&turned, &[])), noise.is_empty());
        let mut more = pairs.clone();
        more.push(("a".into(), "zzzz".into()));
        prop_assert!(!same(&["ignore-query=n-*"], &target(&pairs, &noise), &target(&more, &noise)));
    }

    #[test]
    fn nothing_hostile_takes_it_down(
        target in ".{0,60}", body in prop::collection::vec(any::<u8>(), 0..200),
        media in ".{0,40}", rule in "[a-z-]{0,14}=?.{0,30}",
    ) {
        let mut rules = rules(&["ignore-json=$..a", "unordered-json=$..*", "ignore-text=[a-f]"]);
        let _ = rules.add(&rule);
        let request = Request {
            method: "POST".into(),
            target,
            headers: Headers::from([("Content-Type", media.as_str())]),
            body: Body::from_bytes(body),
            ..Request::default()
        };
        let canonical = Canonical::of(&request, &rules);
        prop_assert_eq!(canonical.key(), Canonical::of(&request, &rules).key());
    }
}
