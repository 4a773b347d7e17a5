use super::*;
use crate::exchange::{
    Body, Exchange, ExchangeNumber, Header, Headers, Redaction, Request, Response, Source, Timing,
};
use crate::matching::{Comparable, Order, Reason, Rules, Splicing};

fn request(method: &str, target: &str, body: &str) -> Request {
    let (method, target) = (method.to_owned(), target.to_owned());
    Request { method, target, body: Body::from(body), ..Request::default() }
}

fn exchange(method: &str, target: &str, body: &str, answer: &str) -> Exchange {
    let response = Response { status: 200, body: Body::from(answer), ..Response::default() };
    Exchange {
        number: ExchangeNumber(1),
        at: jiff::Timestamp::UNIX_EPOCH,
        source: Source::Live,
        request: request(method, target, body),
        response: Some(response),
        timing: Timing::default(),
        error: None,
        redacted: vec![Redaction { secret: 9, rule: "r".into(), at: "/none".into() }],
        messages: Vec::new(),
        interim: Vec::new(),
        digest: None,
    }
}

fn keyed(mut exchange: Exchange, key: &str) -> Exchange {
    exchange.request.headers = Headers::from([("Idempotency-Key", key)]);
    exchange
}

fn tape(exchanges: &[Exchange], rules: &[&str], repeat: Repeat) -> Tape {
    let mut all = Rules::default();
    for rule in rules {
        all.add(rule).unwrap();
    }
    spliced(&[exchanges], &all, repeat, Order::Causal)
}

fn spliced(parts: &[&[Exchange]], rules: &Rules, repeat: Repeat, order: Order) -> Tape {
    let mut splicing = Splicing::new(repeat, order);
    for exchanges in parts {
        splicing.begin(rules);
        for exchange in *exchanges {
            splicing.add(&Comparable::of(&exchange.request, &exchange.redacted, rules));
        }
    }
    let all: Vec<&Exchange> = parts.iter().copied().flatten().collect();
    splicing.answers(|index| all.get(index).copied());
    splicing.finish()
}

/// The place of the exchange that answers, or why none does.
fn ask(tape: &Tape, request: &Request) -> Result<usize, String> {
    tape.answer(request, Addressing::Reverse).map_err(|miss| match miss.reason {
        Reason::Early(wanting) => format!("early {}", wanting.value),
        Reason::Contradicted(contradiction) => contradiction.to_string(),
        Reason::Exhausted { .. } => "exhausted".to_owned(),
        Reason::Unequal => "unequal".to_owned(),
    })
}

fn post(tape: &Tape, key: &str) -> Result<usize, String> {
    let mut request = request("POST", "/things", "{}");
    request.headers = Headers::from([("idempotency-key", key)]);
    ask(tape, &request)
}

#[test]
fn a_retry_gets_the_answer_of_the_retry_whoever_asks_between() {
    let create = |key| keyed(exchange("POST", "http://h/things", "{}", ""), key);
    let recorded = [create("key-1-aaaa"), create("key-1-aaaa"), create("key-2-bbbb")];
    let mine = tape(&recorded, &[], Repeat::Last);
    assert_eq!(post(&mine, "fresh-1-xx"), Ok(0));
    assert_eq!(post(&mine, "fresh-2-yy"), Ok(2));
    assert_eq!(post(&mine, "fresh-1-xx"), Ok(1));
    assert_eq!(post(&mine, "fresh-1-xx"), Ok(1), "the last answer stands");
    assert_eq!(post(&mine, "fresh-2-yy"), Ok(2));
    // A third one takes the place of one that is given up.
    assert_eq!(post(&mine, "fresh-3-zz"), Ok(0));
    assert_eq!(post(&mine, "fresh-4-zz"), Ok(2));
    let strict = tape(&recorded, &[], Repeat::Fail);
    assert_eq!(post(&strict, "fresh-1-xx"), Ok(0));
    assert_eq!(post(&strict, "fresh-1-xx"), Ok(1));
    assert_eq!(post(&strict, "fresh-1-xx"), Err("exhausted".to_owned()));
    // Whoever sends no key is answered in order.
    let bare = tape(&recorded, &[], Repeat::Last);
    let asked = request("POST", "/things", "{}");
    assert_eq!([0; 3].map(|_| ask(&bare, &asked).unwrap()), [0, 1, 2]);
}

#[test]
fn recorded_values_find_their_own_exchange_in_any_order() {
    let create =
        |name: &str| exchange("POST", "http://h/things", &format!("{{\"name\":\"{name}\"}}"), "");
    let recorded = [create("thing-a1"), create("thing-b2"), create("x"), create("y")];
    let tape = tape(&recorded, &["bind=json:$.name"], Repeat::Last);
    let ask = |name: &str| ask(&tape, &create(name).request);
    assert_eq!(ask("y"), Ok(3));
    assert_eq!(ask("thing-b2"), Ok(1));
    assert_eq!(ask("new-thing-1"), Ok(0));
    assert_eq!(ask("new"), Ok(2));
    assert_eq!(ask("new"), Ok(2));
    assert_eq!(ask("y"), Ok(3));
}

#[test]
fn a_value_travels_back_in_later_requests() {
    let name = "{\"name\":\"thing-a1b2\"}";
    let recorded = [
        exchange("POST", "http://h/things", name, name),
        exchange("GET", "http://h/things/thing-a1b2?like=thing-a1b2-copy", "", name),
        exchange("GET", "http://h/others", "", "[]"),
    ];
    let tape = tape(&recorded, &["bind=json:$.name"], Repeat::Last);
    let later = request("GET", "/things/thing-z9y8?like=thing-z9y8-copy", "");
    assert_eq!(ask(&tape, &later), Err("unequal".to_owned()));
    assert_eq!(ask(&tape, &request("POST", "/things", "{\"name\": \"thing-z9y8\"}")), Ok(0));
    assert_eq!(ask(&tape, &later), Ok(1));
    let carrying: Vec<bool> = (0..3).map(|index| tape.may_carry(index)).collect();
    assert_eq!(carrying, [true, true, false]);
    let answer = tape.with_swaps(|swaps| swaps.other("thing-a1b2").map(str::to_owned));
    assert_eq!(answer.flatten().as_deref(), Some("thing-z9y8"));
    let found = &tape.variables()[0];
    assert_eq!((found.at.as_str(), found.actual.as_deref()), ("json:/name", Some("thing-z9y8")));
}

#[test]
fn two_secrets_are_told_apart() {
    let get = |secret: u32| {
        exchange("GET", &format!("http://h/me?token={{{{secret:{secret}}}}}"), "", "")
    };
    let tape = tape(&[get(1), get(2), get(1)], &[], Repeat::Last);
    let ask = |secret: u32| ask(&tape, &get(secret).request);
    // Numbers of the client's own secrets begin after those of the recording.
    assert_eq!(tape.highest_secret(), 9);
    assert_eq!(ask(12), Ok(0));
    assert_eq!(ask(11), Ok(1));
    assert_eq!(ask(12), Ok(2));
    assert_eq!(ask(11), Ok(1));
    assert_eq!(ask(2), Ok(1), "a placeholder from an answer is what it says");
    // What no rule took for a secret fits as well, and is one value from then on.
    assert_eq!(super::tests::ask(&tape, &request("GET", "/me?token=plain", "")), Ok(0));
}

/// Somebody signs in with a secret of this number.
fn login(user: &str, secret: u32) -> Exchange {
    let body = format!("{{\"user\":\"{user}\",\"password\":\"{{{{secret:{secret}}}}}\"}}");
    exchange("POST", "http://h/login", &body, "")
}

#[test]
fn one_made_up_secret_may_stand_for_several() {
    let data =
        |secret: u32| exchange("GET", &format!("http://h/d?t={{{{secret:{secret}}}}}"), "", "");
    let recorded = [login("a", 1), login("b", 2), data(2), data(1), data(2)];
    let mine = tape(&recorded, &[], Repeat::Fail);
    assert_eq!(ask(&mine, &login("a", 11).request), Ok(0));
    assert_eq!(ask(&mine, &login("b", 11).request), Ok(1), "nothing else can be meant");
    // From now on it stands for both, and recorded order decides.
    let asked = [0; 4].map(|_| ask(&mine, &data(11).request));
    assert_eq!(asked, [Ok(2), Ok(3), Ok(4), Err("exhausted".to_owned())]);
    // The one that is bound goes before the one that is not.
    let mine = tape(&[login("a", 1), data(2), data(1)], &[], Repeat::Last);
    assert_eq!(ask(&mine, &login("a", 11).request), Ok(0));
    assert_eq!([0; 2].map(|_| ask(&mine, &data(11).request).unwrap()), [2, 2]);
}

#[test]
fn a_secret_that_is_known_to_be_another_is_none_of_two() {
    let data =
        |secret: u32| exchange("GET", &format!("http://h/d?t={{{{secret:{secret}}}}}"), "", "");
    let recorded = [login("a", 1), login("b", 2), data(2)];
    let mine = tape(&recorded, &[], Repeat::Last);
    assert_eq!(ask(&mine, &login("a", 11).request), Ok(0));
    assert_eq!(ask(&mine, &login("b", 12).request), Ok(1));
    let told = ask(&mine, &data(11).request).unwrap_err();
    assert_eq!(
        told,
        "query:t: the secret that was sent stands for `{{secret:1}}`, and so not for `{{secret:2}}`"
    );
    // What the replay gave out is no made-up value.
    let mine = tape(&recorded, &[], Repeat::Last);
    assert!(ask(&mine, &data(1).request).unwrap_err().contains("stands for"));
    // Two secrets that both may be meant.
    let mine = tape(&[login("a", 1), data(2), data(3)], &[], Repeat::Last);
    assert_eq!(ask(&mine, &login("a", 11).request), Ok(0));
    assert!(ask(&mine, &data(11).request).unwrap_err().contains("stands for"));
    assert_eq!(ask(&mine, &data(12).request), Ok(1));
    assert_eq!(ask(&mine, &data(11).request), Ok(2), "one is left");
}

#[test]
fn two_secrets_of_one_request_may_be_one_but_not_the_other_way_round() {
    let change = |old: u32, new: u32| {
        let body = format!("{{\"new\":\"{{{{secret:{new}}}}}\",\"old\":\"{{{{secret:{old}}}}}\"}}");
        exchange("POST", "http://h/password", &body, "")
    };
    let mine = tape(&[change(1, 2)], &[], Repeat::Last);
    assert_eq!(ask(&mine, &change(11, 11).request), Ok(0));
    let mine = tape(&[change(1, 1)], &[], Repeat::Last);
    assert!(ask(&mine, &change(11, 12).request).is_err());
}

#[test]
fn who_signs_in_is_not_answered_as_who_did_not() {
    let get = |signed: bool| {
        let mut exchange = exchange("GET", "http://h/x", "", "");
        if signed {
            exchange.request.headers = Headers::from([("Authorization", "Digest {{secret:1}}")]);
        }
        exchange
    };
    // Two clients were asked to sign in, one after the other.
    let recorded = [get(false), get(true), get(false), get(true)];
    let mine = tape(&recorded, &[], Repeat::Last);
    let order = [false, false, true, true, true, false];
    let asked = order.map(|signed| ask(&mine, &get(signed).request).unwrap());
    assert_eq!(asked, [0, 2, 1, 3, 3, 2]);
    // Where all signed in, nobody need.
    let mine = tape(&[get(true), get(true)], &[], Repeat::Last);
    assert_eq!([false, true].map(|signed| ask(&mine, &get(signed).request).unwrap()), [0, 1]);
}

#[test]
fn what_does_not_count_tells_equal_exchanges_apart() {
    let get = |fields: &[(&str, &str)]| {
        let mut exchange = exchange("GET", "http://h/file", "", "");
        let header = |(name, value): &(&str, &str)| Header {
            name: (*name).to_owned(),
            value: value.as_bytes().to_vec(),
        };
        exchange.request.headers = fields.iter().map(header).collect();
        exchange
    };
    let ask = |tape: &Tape, fields: &[(&str, &str)]| {
        super::tests::ask(tape, &get(fields).request).unwrap()
    };
    let parts = [get(&[("Range", "bytes=0-4")]), get(&[("range", "bytes=5-9")]), get(&[])];
    let mine = tape(&parts, &[], Repeat::Last);
    for (fields, place) in [
        ([("RANGE", "bytes=5-9")], 1),
        ([("Range", "bytes=0-4")], 0),
        ([("Range", "bytes=5-9")], 1),
    ] {
        assert_eq!(ask(&mine, &fields), place, "{fields:?}");
    }
    assert_eq!(ask(&mine, &[("Accept", "*/*")]), 2);
    // What is not asked for as any of them was is answered in order.
    let mine = tape(&parts[..2], &[], Repeat::Last);
    assert_eq!([0; 3].map(|_| ask(&mine, &[])), [0, 1, 1]);
    // A cache that asks again gets the 304, everybody else the 200.
    let mine = tape(&[get(&[]), get(&[("If-None-Match", "\"1\"")])], &[], Repeat::Last);
    let tagged = [("If-None-Match", "\"1\"")];
    assert_eq!(
        (ask(&mine, &[]), ask(&mine, &[]), ask(&mine, &tagged), ask(&mine, &[])),
        (0, 0, 1, 0)
    );
    // Where all were asked for likewise, nothing of it decides.
    let mine = tape(&[get(&[]), get(&[])], &[], Repeat::Last);
    assert_eq!((ask(&mine, &[("Range", "bytes=0-4")]), ask(&mine, &[("Accept", "a/b")])), (0, 1));
}

#[test]
fn one_value_can_not_stand_for_two() {
    let delete = |name: &str| exchange("DELETE", &format!("http://h/things?name={name}"), "", "");
    let put = |name: &str| exchange("PUT", &format!("http://h/things?name={name}"), "", "");
    let recorded = [put("thing-a1"), put("thing-b2"), delete("thing-b2")];
    let tape = tape(&recorded, &["bind=query:name"], Repeat::Last);
    assert_eq!(ask(&tape, &put("mine-1-x").request), Ok(0));
    let told = ask(&tape, &delete("mine-1-x").request).unwrap_err();
    assert_eq!(told, "query:name: `mine-1-x` stands for `thing-a1`, and so not for `thing-b2`");
    assert_eq!(ask(&tape, &put("mine-2-y").request), Ok(1));
    assert_eq!(ask(&tape, &delete("mine-2-y").request), Ok(2));
}

#[test]
fn who_confused_two_secrets_before_the_right_one_came_is_told_when_it_has_come() {
    let recorded = [login("ann", 1), login("bob", 2)];
    let told = |at| {
        Err(format!(
            "body: the secret that was sent stands for `{{{{secret:1}}}}`, and so not for \
             `{{{{secret:{at}}}}}` (as which it was sent before, too, and answered)"
        ))
    };
    let [ann, bob] = [21, 22];
    // Whoever of both asks first with what is ann's.
    for first in [["ann", "bob"], ["bob", "ann"]] {
        let tape = tape(&recorded, &[], Repeat::Last);
        for user in first {
            let place = usize::from(user == "bob");
            assert_eq!(
                ask(&tape, &login(user, ann).request),
                Ok(place),
                "{user}: one dummy for all"
            );
        }
        assert_eq!(ask(&tape, &login("bob", bob).request), Ok(1), "{first:?}");
        assert_eq!(ask(&tape, &login("bob", ann).request), told(2), "{first:?}");
        assert_eq!(ask(&tape, &login("ann", ann).request), Ok(0), "{first:?}");
        assert_eq!(ask(&tape, &login("bob", bob).request), Ok(1), "{first:?}");
    }
}

#[test]
fn who_uses_what_an_answer_gave_asks_after_it() {
    let id = "{\"id\":\"9f86d081a7c4\"}";
    let recorded = [
        exchange("POST", "http://h/things", "{}", id),
        exchange("GET", "http://h/things/9f86d081a7c4", "", "pending"),
        exchange(
            "GET",
            "http://h/things",
            "",
            "[{\"id\":\"9f86d081a7c4\"},{\"id\":\"5c3e11f0b2d9\"}]",
        ),
        exchange("GET", "http://h/things/9f86d081a7c4", "", "done"),
        exchange("GET", "http://h/things/5c3e11f0b2d9", "", ""),
        exchange("DELETE", "http://h/things/9f86d081a7c4", "", ""),
    ];
    let get = request("GET", "/things/9f86d081a7c4", "");
    let early = Err("early 9f86d081a7c4".to_owned());
    let causal = tape(&recorded, &[], Repeat::Last);
    assert_eq!(ask(&causal, &get), early);
    assert_eq!(ask(&causal, &recorded[5].request), early);
    assert_eq!(ask(&causal, &request("GET", "/things/5c3e11f0b2d9", "")), Ok(4), "a list gave it");
    assert_eq!(ask(&causal, &request("POST", "/things", "{}")), Ok(0));
    assert_eq!([0; 3].map(|_| ask(&causal, &get).unwrap()), [1, 3, 3]);
    // Whoever else gave the value will do.
    let other = tape(&recorded, &[], Repeat::Last);
    assert_eq!(ask(&other, &request("GET", "/things", "")), Ok(2));
    assert_eq!(ask(&other, &get), Ok(1));
    let rules = Rules::default();
    let free = spliced(&[&recorded], &rules, Repeat::Last, Order::Free);
    assert_eq!(ask(&free, &get), Ok(1));
}

#[test]
fn what_the_client_brought_is_nobodys_gift() {
    let name = "thing-9f86d081a7c4";
    let recorded = [
        exchange("POST", "http://h/things", &format!("{{\"name\":\"{name}\"}}"), name),
        exchange("GET", &format!("http://h/things/{name}"), "", ""),
        exchange("POST", "http://h/others", "{}", "5c3e11f0b2d9"),
        exchange("POST", "http://h/hidden", "{}", ""),
    ];
    for rules in [&[][..], &["bind=json:$.name"], &["ignore-json=$.name"]] {
        let tape = tape(&recorded, rules, Repeat::Last);
        assert_eq!(ask(&tape, &recorded[1].request), Ok(1), "{rules:?}");
    }
    // Recordings do not share values.
    let later = [exchange("GET", "http://h/others/5c3e11f0b2d9", "", "")];
    let rules = Rules::default();
    let both = spliced(&[&recorded, &later], &rules, Repeat::Last, Order::Causal);
    assert_eq!(ask(&both, &later[0].request), Ok(4));
}

#[test]
fn an_answer_that_can_not_be_looked_through_may_have_given_all() {
    let mut filed = exchange("GET", "http://h/export", "", "");
    let file = crate::exchange::BodyFile { name: "x".into(), length: 9 };
    filed.response.as_mut().unwrap().body = Body::File(file);
    let recorded = [
        exchange("POST", "http://h/things", "{}", "9f86d081a7c4"),
        filed,
        exchange("GET", "http://h/things/9f86d081a7c4", "", ""),
    ];
    let tape = tape(&recorded, &[], Repeat::Last);
    assert!(ask(&tape, &recorded[2].request).is_err());
    assert_eq!(ask(&tape, &recorded[1].request), Ok(1));
    assert_eq!(ask(&tape, &recorded[2].request), Ok(2));
}

#[test]
fn operations_that_only_look_give_nothing_that_must_be_waited_for() {
    let mut describe = exchange("POST", "http://h/", "", "9f86d081a7c4");
    describe.request.headers = Headers::from([("x-acs-action", "DescribeImages")]);
    let get = exchange("GET", "http://h/things/9f86d081a7c4", "", "");
    let recorded = [describe, get];
    let tape = tape(&recorded, &[], Repeat::Last);
    assert_eq!(ask(&tape, &recorded[1].request), Ok(1));
}

#[test]
fn ten_thousand_keys_are_answered_in_linear_time() {
    let create =
        |n: usize| keyed(exchange("POST", "http://h/things", "{}", ""), &format!("key-{n:06}"));
    let recorded: Vec<Exchange> = (0..10_000).map(create).collect();
    let tape = tape(&recorded, &[], Repeat::Fail);
    for (index, key) in (0..10_000).map(|n| format!("fresh-{n:06}")).enumerate() {
        assert_eq!(post(&tape, &key), Ok(index));
    }
    assert_eq!(post(&tape, "fresh-000001"), Err("exhausted".to_owned()));
}
