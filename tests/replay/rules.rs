//! Matching rules: where they are given, what is wrong with them, and learning them from two runs.

use super::support::{ReadOn as _, Server, exchange, run, told};
use super::{ask, cassette, get, text};
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

/// Puts rules into the header of a cassette.
fn carry(file: &str, rules: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    let (header, rest) = text.split_once('\n').unwrap();
    let header = header.replacen('}', &format!(", \"rules\": {{\"match\": {rules}}}}}"), 1);
    std::fs::write(file, format!("{header}\n{rest}")).unwrap();
}

#[test]
fn rules_come_from_the_cassette_the_project_and_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let file = cassette(
        path,
        "a",
        &[
            get("http://h/x?a=1&b=1&c=1", &text(200, "one")),
            get("http://h/y?c=1", &text(200, "two")),
        ],
    );
    let asks = ["/x?a=1&b=1&c=1", "/x?a=2&b=1&c=1", "/x?a=2&b=2&c=1", "/x?a=2&b=2&c=2", "/y?c=2"];
    let statuses = |arguments: &[&str]| -> Vec<u16> {
        let server = Server::start(path, &[&["replay", "--cassette", &file], arguments].concat());
        asks.iter().map(|target| status(&ask(&server, target))).collect()
    };
    assert_eq!(statuses(&[]), [200, 477, 477, 477, 477]);
    carry(&file, "{\"ignore-query\": [\"a\"], \"of-tomorrow\": true}");
    assert_eq!(statuses(&[]), [200, 200, 477, 477, 477]);
    std::fs::write(path.join("testimony.toml"), "[match]\nignore-query = \"b\"\n").unwrap();
    assert_eq!(statuses(&[]), [200, 200, 200, 477, 477]);
    let scoped = ["--match", "GET /x*: ignore-query=c"];
    assert_eq!(statuses(&scoped), [200, 200, 200, 200, 477], "for /x alone");
    assert_eq!(statuses(&["--match", "ignore-query=c"]), [200; 5]);

    let mut server = Server::start(path, &["replay", "--cassette", &file]);
    server.signal("TERM");
    let told = told(&server.wait());
    assert!(told.contains("unknown keys, not read: `rules.match.of-tomorrow`"), "{told}");
}

#[test]
fn each_cassette_of_one_replay_keeps_its_rules() {
    let folder = tempfile::tempdir().unwrap();
    let strict = cassette(folder.path(), "strict", &[get("http://h/x?n=1", &text(200, "strict"))]);
    let loose = cassette(folder.path(), "loose", &[get("http://h/y?n=1", &text(200, "loose"))]);
    carry(&loose, "{\"ignore-query\": [\"n\"]}");
    let server = Server::start(folder.path(), &["replay", "--cassette", &strict, &loose]);
    assert_eq!(status(&ask(&server, "/y?n=5")), 200);
    assert_eq!(status(&ask(&server, "/x?n=5")), 477);
    assert_eq!(status(&ask(&server, "/x?n=1")), 200);
}

#[test]
fn rules_that_cannot_be_used_are_told_with_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let file = cassette(path, "a", &[get("http://h/x", &text(200, "one"))]);
    let refused = |arguments: &[&str], expected: &str| {
        let output = run(path, &[&["replay", "--cassette", &file], arguments].concat());
        let told = told(&output);
        assert!(told.starts_with("exit 2\n"), "{arguments:?}: {told}");
        assert!(told.contains(expected) && told.contains("\nhint: "), "{arguments:?}: {told}");
    };
    for (rule, expected) in [
        ("ignore-querry=a", "--match 'ignore-querry=a': `ignore-querry` is no matching rule"),
        ("ignore-json=$.a[", "`ignore-json`: `$.a[` is no JSONPath"),
        ("ignore-json=$[?@.a]", "`ignore-json`: `$[?@.a]` has a filter"),
        ("ignore-text=(", "`ignore-text`: `(` is no regular expression: unclosed group"),
        ("body=yaml", "`body`: `yaml` is no kind of body"),
        ("ignore-xml=Header", "`ignore-xml`: `Header` does not begin with `/`"),
        ("bind=cookie:a", "`bind`: `cookie:a` is no place of a value"),
        ("get /x: body=text", "`operation`: `get /x` is no operation"),
        ("body", "`body` is no rule"),
        ("CreateImage: body=text", "`CreateImage` is an operation's id"),
    ] {
        refused(&["--match", rule], expected);
    }
    carry(&file, "{\"ignore-text\": [\"[\"]}");
    refused(&[], "a.cassette: rules.match: `ignore-text`: `[` is no regular expression");
    let file = cassette(path, "b", &[get("http://h/x", &text(200, "one"))]);
    for (toml, expected) in [
        ("[match]\nignore-querry = []\n", "testimony.toml: line 2: unknown field `ignore-querry`"),
        (
            "[match]\nbody = \"json\"\nignore-json = [\n\"a\"]\n",
            "testimony.toml: line 4: `ignore-json`",
        ),
        (
            "[[match.operation]]\nbody = \"json\"\n",
            "testimony.toml: line 1: missing field `operation`",
        ),
    ] {
        std::fs::write(path.join("testimony.toml"), toml).unwrap();
        let told = told(&run(path, &["replay", "--cassette", &file]));
        assert!(told.starts_with("exit 2\n") && told.contains(expected), "{toml}: {told}");
    }
}

/// Orders are made, and get an id that is another in every run.
struct Shop {
    address: SocketAddr,
}

impl Shop {
    fn open(run: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let mut orders = 0;
            for socket in listener.incoming() {
                let Ok(mut socket) = socket else { return };
                let Some(request) = whole_request(&mut socket) else { continue };
                let id = format!("ord-{:08x}", run * 0x9e37_79b9 % 0xffff_fff0 + orders);
                let body = if request.starts_with("POST /orders?") {
                    orders += 1;
                    format!("{{\"id\":\"{id}\",\"state\":\"new\"}}")
                } else if request.starts_with("POST /echo") {
                    request.split_once("\r\n\r\n").unwrap().1.to_owned()
                } else {
                    "{\"state\":\"done\"}".to_owned()
                };
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
                let _ = socket.write_all(answer.as_bytes());
            }
        });
        Self { address }
    }
}

fn whole_request(socket: &mut std::net::TcpStream) -> Option<String> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.to_ascii_lowercase();
            let length = length
                .split("content-length: ")
                .nth(1)
                .map_or(0, |rest| rest.lines().next().unwrap().trim().parse::<usize>().unwrap());
            if body.len() >= length {
                return Some(text);
            }
        }
        match socket.read_on(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}

/// A client that makes two orders, looks at them and uploads a file: with its own ids, times and
/// nonces in every run, and members in another order. Answers with the statuses that it saw.
fn shopping(address: SocketAddr, run: u64) -> Vec<u16> {
    let mut seen = Vec::new();
    let mut send = |head: &str, media: &str, body: &str| {
        let request = format!(
            "{} HTTP/1.1\r\nHost: shop.example\r\nContent-Type: {media}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            head.replacen(" /", " http://shop.example/", 1),
            body.len()
        );
        let answer = String::from_utf8(exchange(address, request.as_bytes())).unwrap();
        seen.push(status(&answer));
        answer
    };
    for number in 1..=2_u64 {
        let salt = run * 7919 + number;
        let fields = [
            format!("\"ref\": \"{salt:08x}-ab12-4c34-9e56-{salt:012x}\""),
            format!("\"sent\": \"2026-11-2{run}T10:00:0{number}Z\""),
            format!("\"size\": {number}"),
            if run.is_multiple_of(2) {
                "\"tags\": [\"a\", \"b\"]"
            } else {
                "\"tags\": [\"b\", \"a\"]"
            }
            .to_owned(),
        ];
        let mut fields = fields.to_vec();
        fields.rotate_left(usize::try_from(run).unwrap() % 4);
        let nonce = format!("{:016x}", salt * 0x9e37_79b9_7f4a);
        let made = send(
            &format!("POST /orders?nonce={nonce}&kind=crate"),
            "application/json",
            &format!("{{{}}}", fields.join(", ")),
        );
        let id = made.split("\"id\":\"").nth(1).and_then(|rest| rest.split('"').next());
        let id = id.unwrap_or("none").to_owned();
        send(&format!("GET /orders/{id}"), "application/json", "");
        let boundary = format!("b{nonce}");
        let upload = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"order\"\r\n\r\n{id}\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"stamp\"\r\n\r\n{}\r\n--{boundary}--\r\n",
            1_795_168_800 + run * 86_400 + number
        );
        send("PUT /files", &format!("multipart/form-data; boundary={boundary}"), &upload);
    }
    seen
}

fn record(folder: &Path, name: &str, run_number: u64) {
    let shop = Shop::open(run_number);
    let route = format!("shop.example=http://{}", shop.address);
    let server = Server::start(folder, &["record", "--cassette", name, "--route", &route]);
    assert_eq!(shopping(server.address, run_number), [200; 6]);
    let output = server.stop();
    assert!(output.status.success(), "{}", told(&output));
}

#[test]
fn rules_that_were_learnt_from_two_runs_answer_a_third() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    record(path, "a.cassette", 1);
    record(path, "b.cassette", 2);
    let replayed = |arguments: &[&str]| {
        let server =
            Server::start(path, &[&["replay", "--cassette", "a.cassette"], arguments].concat());
        let seen = shopping(server.address, 3);
        (seen, server.stop())
    };
    let (seen, output) = replayed(&[]);
    assert!(seen.contains(&477) && output.status.code() == Some(1), "{seen:?}");

    let learn = ["cassette", "diff", "a.cassette", "b.cassette", "--learn"];
    let output = run(path, &learn);
    let told_of = told(&output);
    assert!(told_of.starts_with("exit 0\n"), "{told_of}");
    for expected in [
        "ignore-query=nonce for POST /orders: high (hex)",
        "ignore-json=$.ref for POST /orders: high (uuid)",
        "ignore-json=$.sent for POST /orders: high (time)",
        "unordered-json=$.tags for POST /orders: medium (order)",
        "ignore-part=stamp for PUT /files: high (epoch)",
        "  2 of 2 pairs differ, exchanges 1 and 1, 4 and 4: ",
        "2 requests follow from earlier answers and need no rule",
        "body:$.id of POST /orders (",
        "exchanges 1 and 1, 4 and 4: [\"b\",\"a\"] | [\"a\",\"b\"]",
        "\n# for testimony.toml\n[[match.operation]]\noperation = \"",
        "under them 6 of 6 requests of b.cassette are answered from a.cassette",
    ] {
        assert!(told_of.contains(expected), "{expected}: {told_of}");
    }
    assert!(!told_of.contains("size") && !told_of.contains("kind"), "inputs: {told_of}");

    // As TOML that is pasted.
    let output = run(path, &[&learn[..], &["--json"]].concat());
    let result: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(result["missed"], serde_json::json!([]));
    std::fs::write(path.join("testimony.toml"), result["toml"].as_str().unwrap()).unwrap();
    let (seen, output) = replayed(&["--fail-unused"]);
    assert_eq!((seen, output.status.code()), (vec![200; 6], Some(0)), "{}", told(&output));

    // As the cassette carries them.
    std::fs::remove_file(path.join("testimony.toml")).unwrap();
    let output = run(path, &[&learn[..], &["--write"]].concat());
    assert!(told(&output).contains("a.cassette: carries the rules now"), "{}", told(&output));
    let (seen, output) = replayed(&["--fail-unused"]);
    assert_eq!((seen, output.status.code()), (vec![200; 6], Some(0)), "{}", told(&output));
    let verified = run(path, &["cassette", "verify", "a.cassette"]);
    assert!(verified.status.success(), "{}", told(&verified));
    // An order of another size is another order all the same.
    let server = Server::start(path, &["replay", "--cassette", "a.cassette"]);
    let other = "POST /orders?nonce=0123456789abcdef&kind=crate HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n{\"size\":7}";
    let answer = String::from_utf8(exchange(server.address, other.as_bytes())).unwrap();
    assert_eq!(status(&answer), 477);
    drop(server);
    // Nothing is left to learn.
    let output = run(path, &learn);
    assert!(told(&output).contains("0 rules proposed"), "{}", told(&output));
}

/// Makes a thing of a name and looks at it: what came back.
fn naming(address: SocketAddr, name: &str) -> Vec<String> {
    let send = |head: String, body: &str| {
        let length = body.len();
        let request = format!(
            "{head} HTTP/1.1\r\nHost: shop\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        String::from_utf8(exchange(address, request.as_bytes())).unwrap()
    };
    vec![
        send("POST /echo/things".to_owned(), &format!("{{\"name\":\"{name}\",\"size\":1}}")),
        send(format!("POST /echo/things/{name}/start"), &format!("[\"{name}\"]")),
    ]
}

#[test]
fn a_value_that_was_learnt_to_travel_comes_back_as_the_third_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    for (file, name) in [("a.cassette", "box-4f1e77a2"), ("b.cassette", "box-9c03bd51")] {
        let shop = Shop::open(1);
        let upstream = format!("http://{}", shop.address);
        let server = Server::start(path, &["record", "--cassette", file, "--upstream", &upstream]);
        assert!(naming(server.address, name).iter().all(|answer| status(answer) == 200));
        assert!(server.stop().status.success());
    }
    let learn = ["cassette", "diff", "a.cassette", "b.cassette", "--learn", "--write"];
    let told_of = told(&run(path, &learn));
    assert!(told_of.contains("bind=json:$.name for POST /echo/things"), "{told_of}");
    let server = Server::start(path, &["replay", "--cassette", "a.cassette", "--fail-unused"]);
    let answers = naming(server.address, "box-0d2266f8");
    let output = server.stop();
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert!(answers[0].ends_with("\r\n\r\n{\"name\":\"box-0d2266f8\",\"size\":1}"), "{answers:?}");
    assert!(answers[1].ends_with("\r\n\r\n[\"box-0d2266f8\"]"), "{answers:?}");
}

#[test]
fn two_different_runs_teach_no_rule() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let a = cassette(path, "a", &[get("http://h/x?limit=10", &text(200, "one"))]);
    let b = cassette(path, "b", &[get("http://h/x?limit=20", &text(200, "one"))]);
    let output = run(path, &["cassette", "diff", &a, &b, "--learn"]);
    let told_of = told(&output);
    assert!(told_of.starts_with("exit 1\n"), "{told_of}");
    assert!(told_of.contains("ignore-query=limit for GET /x: low (number)"), "{told_of}");
    assert!(told_of.contains("# these may hide that the runs were not the same:"), "{told_of}");
    assert!(told_of.contains("# ignore-query = [\"limit\"]"), "{told_of}");
    assert!(!told_of.contains("\nignore-query = "), "{told_of}");
    let b = cassette(path, "c", &[get("http://h/y?limit=10", &text(200, "one"))]);
    let told_of = told(&run(path, &["cassette", "diff", &a, &b, "--learn"]));
    assert!(told_of.contains("no rule for path:1 of GET /*: a path says what"), "{told_of}");
}

#[test]
fn a_recording_is_made_and_added_to_under_its_rules() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let shop = Shop::open(1);
    let upstream = format!("http://{}", shop.address);
    let post = |address, body: &str| {
        let request = format!(
            "POST /echo HTTP/1.1\r\nHost: shop\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        String::from_utf8(exchange(address, request.as_bytes())).unwrap()
    };
    let arguments = ["record", "--cassette", "a.cassette", "--upstream", &upstream];
    let server = Server::start(
        path,
        &[&arguments[..], &["--match", "POST /echo: ignore-json=$.at"]].concat(),
    );
    post(server.address, "{\"n\":1,\"at\":1}");
    server.stop();
    let header = || {
        let text = std::fs::read(path.join("a.cassette")).unwrap();
        let mut records = serde_json::Deserializer::from_slice(&text).into_iter();
        let header: serde_json::Value = records.next().unwrap().unwrap();
        header["rules"]["match"].clone()
    };
    let scoped = serde_json::json!({"operation": "POST /echo", "ignore-json": ["$.at"]});
    assert_eq!(header(), serde_json::json!({"operation": [scoped.clone()]}));
    let more = ["--mode", "new_episodes", "--match", "ignore-query=x"];
    let server = Server::start(path, &[&arguments[..], &more].concat());
    let answer = post(server.address, "{\"at\":2,\"n\":1}");
    assert!(
        answer.contains("testimony-source: replay") && answer.ends_with("{\"n\":1,\"at\":1}"),
        "{answer}"
    );
    let answer = post(server.address, "{\"n\":2}");
    assert!(!answer.contains("testimony-source"), "{answer}");
    let output = server.stop();
    assert!(output.status.success(), "{}", told(&output));
    assert_eq!(header(), serde_json::json!({"ignore-query": ["x"], "operation": [scoped]}));
}

#[test]
fn a_spec_names_operations_and_says_what_is_noise() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let spec = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  /orders:\n    post:\n      operationId: MakeOrder\n      \
        requestBody:\n        content:\n          application/json:\n            schema: {$ref: '#/components/schemas/Order'}\n      \
        responses: {'200': {description: made}}\ncomponents:\n  schemas:\n    Order:\n      type: object\n      properties:\n        \
        ref: {type: string, format: uuid}\n        size: {type: string}\n";
    std::fs::write(path.join("spec.yaml"), spec).unwrap();
    let order = |reference: &str, target: &str| {
        format!(
            "\"request\": {{\"method\": \"POST\", \"target\": \"http://h{target}\", \"headers\": [[\"Content-Type\", \"application/json\"]], \
             \"body\": {{\"json\": {{\"ref\": \"{reference}\"}}, \"style\": \"compact\"}}}}, \"response\": {}",
            text(200, "made")
        )
    };
    let a = cassette(path, "a", &[order("abc", "/orders"), order("abc", "/others")]);
    let b = cassette(path, "b", &[order("xyz", "/orders"), order("abc", "/others")]);
    let rule = ["--spec", "spec.yaml", "--match", "MakeOrder: ignore-json=$.ref"];
    let server = Server::start(path, &[&["replay", "--cassette", &a], &rule[..]].concat());
    let post = |target: &str| {
        let head = format!("POST {target} HTTP/1.1\r\nHost: h\r\nContent-Length: 13\r\n");
        let request = format!("{head}Content-Type: application/json\r\n\r\n{{\"ref\":\"new\"}}");
        status(&String::from_utf8(exchange(server.address, request.as_bytes())).unwrap())
    };
    assert_eq!((post("/orders"), post("/others")), (200, 477));
    let unknown = ["replay", "--cassette", &a, "--spec", "spec.yaml", "--match", "Make: body=text"];
    let told_of = told(&run(path, &unknown));
    assert!(told_of.contains("no spec has the operation `Make`"), "{told_of}");

    let learn = ["cassette", "diff", &a, &b, "--learn"];
    let plain = told(&run(path, &learn));
    assert!(plain.contains("ignore-json=$.ref for POST /orders: low (other)"), "{plain}");
    let by_spec = told(&run(path, &[&learn[..], &["--spec", "spec.yaml"]].concat()));
    let expected = "ignore-json=$.ref for POST /orders: high (other, format uuid)";
    assert!(by_spec.starts_with("exit 0\n") && by_spec.contains(expected), "{by_spec}");
}
