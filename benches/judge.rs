//! How fast `check` judges, as a ratio to the plainest pipeline that one could write: a typed read of
//! each exchange by `serde_json`, a parse of its body, `is_valid` of one compiled schema, and a count.
//!
//! `cargo bench --bench judge [-- EXCHANGES]` writes a cassette (100,000 exchanges of five operations,
//! bodies of 100 B to 4 KB) and has it judged by processes that take turns: the pipeline on one core,
//! `testimony check` on one core and on all, from file to verdict, under the same allocator. Medians.
#![allow(
    clippy::cast_precision_loss,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark, not the product"
)]

use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use testimony::cassette::{CassetteHeader, Mode, Redacted, Writer};
use testimony::exchange::{
    Body, Exchange, ExchangeNumber, Headers, Request, Response, Source, Timing,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 5;
const OPERATIONS: usize = 5;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--test") {
        return;
    }
    if let [pipeline, spec, cassette] = &arguments[..]
        && pipeline == "--pipeline"
    {
        return println!("{}", plainly(Path::new(spec), Path::new(cassette)));
    }
    let count = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(100_000);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let (spec, cassette) =
        (folder.join("judge.json"), folder.join(format!("judge-{count}.cassette")));
    std::fs::write(&spec, document().to_string()).unwrap();
    if !cassette.exists() {
        write_cassette(&cassette, count);
    }
    let megabytes = std::fs::metadata(&cassette).unwrap().len() as f64 / 1e6;
    println!("{count} exchanges, {megabytes:.0} MB");
    let pipeline = || {
        let mut command = pinned();
        command.arg(std::env::current_exe().unwrap()).arg("--pipeline").args([&spec, &cassette]);
        command
    };
    let check = |mut command: Command| {
        command.args(["check", "--format", "json"]);
        command.arg("--spec").arg(&spec).arg("--cassette").arg(&cassette);
        command
    };
    let binary = env!("CARGO_BIN_EXE_testimony");
    let one = || {
        let mut command = pinned();
        command.arg(binary);
        check(command)
    };
    let all = || check(Command::new(binary));
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    let mut peaks = [0, 0, 0];
    for _ in 0..ROUNDS {
        for (place, command) in [pipeline(), one(), all()].into_iter().enumerate() {
            let (time, peak) = run(command);
            times[place].push(time);
            peaks[place] = peak.max(peaks[place]);
        }
    }
    let medians = times.map(|mut times| {
        times.sort();
        times[times.len() / 2].as_secs_f64()
    });
    let names = ["pipeline, one core", "check, one core", "check, all cores"];
    println!("| | exchanges/s | MB/s | ratio | peak MB |\n| --- | --- | --- | --- | --- |");
    for ((name, median), peak) in names.iter().zip(medians).zip(peaks) {
        let rate = f64::from(count) / median;
        let (bytes, ratio, peak) = (megabytes / median, medians[0] / median, peak / 1024);
        println!("| {name} | {rate:.0} | {bytes:.0} | {ratio:.2} | {peak} |");
    }
}

/// A command on the first core alone.
fn pinned() -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", "0"]);
    command
}

/// Runs a command to its end: its time, and its peak memory in KiB.
fn run(mut command: Command) -> (Duration, u64) {
    let began = Instant::now();
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    let mut peak = 0;
    loop {
        peak = memory(&child).unwrap_or(0).max(peak);
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{command:?}: {status}");
            return (began.elapsed(), peak);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn memory(child: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

fn document() -> Value {
    let item = json!({
        "type": "object",
        "required": ["id", "name", "size", "state"],
        "properties": {
            "id": {"type": "string"},
            "name": {"type": "string", "maxLength": 200},
            "size": {"type": "integer", "minimum": 0},
            "state": {"type": "string", "enum": ["new", "ready", "gone"]},
            "at": {"type": "string"},
            "tags": {"type": "array", "items": {"type": "string"}},
        },
    });
    let body = json!({
        "type": "object",
        "required": ["items"],
        "properties": {"items": {"type": "array", "items": item}, "count": {"type": "integer"}},
    });
    let mut paths = serde_json::Map::new();
    for operation in 0..OPERATIONS {
        let parameter = |name: &str, place: &str, kind: &str| json!({"name": name, "in": place, "required": place == "path", "schema": {"type": kind}});
        let get = json!({
            "operationId": format!("list{operation}"),
            "parameters": [parameter("id", "path", "string"), parameter("limit", "query", "integer")],
            "responses": {"200": {"description": "", "content": {"application/json": {"schema": body}}}},
        });
        paths.insert(format!("/v1/kinds{operation}/{{id}}/items"), json!({"get": get}));
    }
    json!({"openapi": "3.1.0", "info": {"title": "Kinds", "version": "1"}, "paths": paths})
}

fn write_cassette(path: &Path, count: u32) {
    let writer = Writer::open(path, &CassetteHeader::new("bench"), Mode::Once).unwrap();
    for number in 1..=count {
        writer.append(&Redacted::from_cassette(exchange(number))).unwrap();
    }
    writer.seal().unwrap();
}

fn exchange(number: u32) -> Exchange {
    // 1 to 27 items of about 145 bytes: 160 B to 4 KB.
    let mut body = "{\"items\":[".to_owned();
    for item in 0..=number.wrapping_mul(2_654_435_761) % 20 {
        let comma = if item == 0 { "" } else { "," };
        write!(
            body,
            r#"{comma}{{"id":"i-{number}-{item}","name":"a thing of some kind, number {item}","size":{},"state":"ready","at":"2026-11-20T10:00:00Z","tags":["one","two"]}}"#,
            number % 1000
        )
        .unwrap();
    }
    body.push_str("],\"count\":7}");
    let operation = number as usize % OPERATIONS;
    let length = body.len().to_string();
    Exchange {
        number: ExchangeNumber(u64::from(number)),
        at: "2026-11-20T10:00:00Z".parse().unwrap(),
        source: Source::Live,
        request: Request {
            method: "GET".into(),
            target: format!("https://kinds.example/v1/kinds{operation}/k{number}/items?limit=50"),
            headers: Headers::from([
                ("Host", "kinds.example"),
                ("Accept", "application/json"),
                ("User-Agent", "bench/1"),
                ("Authorization", "Bearer {{secret:1}}"),
            ]),
            ..Request::default()
        },
        response: Some(Response {
            status: 200,
            reason: "OK".into(),
            headers: Headers::from([
                ("Content-Type", "application/json"),
                ("Content-Length", length.as_str()),
                ("Date", "Fri, 20 Nov 2026 10:00:00 GMT"),
            ]),
            body: Body::from(body.as_str()),
            ..Response::default()
        }),
        timing: Timing::default(),
        error: None,
        redacted: Vec::new(),
        interim: Vec::new(),
        messages: Vec::new(),
        digest: None,
    }
}

/// What the pipeline reads of a record.
#[derive(serde::Deserialize)]
struct Plain<'a> {
    exchange: Option<u64>,
    #[serde(borrow)]
    request: Option<PlainRequest<'a>>,
    #[serde(borrow)]
    response: Option<PlainResponse<'a>>,
}

#[derive(serde::Deserialize)]
struct PlainRequest<'a> {
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow)]
    target: Cow<'a, str>,
    #[serde(borrow)]
    headers: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

#[derive(serde::Deserialize)]
struct PlainResponse<'a> {
    status: u16,
    #[serde(borrow)]
    headers: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    #[serde(borrow)]
    body: PlainBody<'a>,
}

#[derive(serde::Deserialize)]
struct PlainBody<'a> {
    #[serde(borrow)]
    json: &'a RawValue,
}

/// The pipeline: how many exchanges keep the schema.
fn plainly(spec: &Path, cassette: &Path) -> usize {
    let document: Value = serde_json::from_slice(&std::fs::read(spec).unwrap()).unwrap();
    let schema = &document["paths"]["/v1/kinds0/{id}/items"]["get"]["responses"]["200"]["content"]
        ["application/json"]["schema"];
    let validator = jsonschema::validator_for(schema).unwrap();
    let text = std::fs::read(cassette).unwrap();
    let records = serde_json::Deserializer::from_slice(&text).into_iter::<Plain<'_>>();
    let mut valid = 0;
    for record in records {
        let record = record.unwrap();
        let (Some(_), Some(request), Some(response)) =
            (record.exchange, record.request, record.response)
        else {
            continue;
        };
        let known = request.method == "GET"
            && request.target.starts_with("https://")
            && !request.headers.is_empty()
            && !response.headers.is_empty();
        let body: Value = serde_json::from_str(response.body.json.get()).unwrap();
        valid += usize::from(known && response.status == 200 && validator.is_valid(&body));
    }
    valid
}
