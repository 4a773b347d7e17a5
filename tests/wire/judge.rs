//! Plays a group of rows through a recorder and then through a replayer, and compares.

use super::authority::PrivateAuthority;
use super::cassette::{self, Record, Told};
use super::http1::{self, Framing, Message, shown};
use super::row::{Form, Gets, Row, Wanted};
use super::stage::{End, Got, Upstream, play};
use crate::support::{Server, run, told};
use std::collections::{HashMap, VecDeque};
use std::path::Path;

/// What was found wrong with a row.
type Faults = Vec<String>;

/// Plays and judges a group of rows in one form.
pub fn judge(group: &str, form: Form, rows: &[Row]) {
    let rows: Vec<&Row> = rows.iter().filter(|row| row.forms.contains(&form)).collect();
    let folder = tempfile::tempdir().unwrap();
    let authority = (form == Form::Tunnel).then(PrivateAuthority::new);
    let upstream = Upstream::start(authority.as_ref());
    let base = format!("http://{}", upstream.address);
    let mut arguments = vec!["record", "--cassette", "c.cassette"];
    let trusted = authority.map(|authority| authority.write(folder.path()));
    match (&trusted, form) {
        (Some(file), _) => arguments.extend(["--ca-file", file.to_str().unwrap()]),
        (None, Form::Reverse) => arguments.extend(["--upstream", &base]),
        _ => {}
    }
    let recorder = Server::start(folder.path(), &arguments);
    let mut faults: Vec<Faults> = Vec::new();
    for row in &rows {
        upstream.stage.begin(&row.server_steps(), false);
        let got = at(&upstream, form, recorder.address, folder.path(), row);
        let (seen, left) = upstream.stage.end();
        let mut found = Vec::new();
        requests_differ(row, &seen, left, &mut found);
        responses_differ(row, &row.wanted_got(), &got, Look::Live, &mut found);
        faults.push(found);
    }
    let output = recorder.stop();
    assert!(output.status.success(), "{}", told(&output));
    let path = folder.path().join("c.cassette");
    let verified = told(&run(folder.path(), &["cassette", "verify", "c.cassette"]));
    assert!(verified.starts_with("exit 0\n"), "{verified}");
    let scheme = if form == Form::Tunnel { "https" } else { "http" };
    records_differ(&rows, &path, &format!("{scheme}://{}", upstream.address), &mut faults);
    replays_differ(&rows, form, &upstream, folder.path(), &mut faults);
    report(group, form, &rows, &faults);
}

fn at(upstream: &Upstream, form: Form, to: std::net::SocketAddr, folder: &Path, row: &Row) -> Got {
    let (steps, methods) = (row.client_steps(), row.methods());
    play(&upstream.stage, form, to, upstream.address, folder, &steps, methods)
}

/// Fails for whatever differs.
fn report(group: &str, form: Form, rows: &[&Row], faults: &[Faults]) {
    let mut wrong = String::new();
    let names = rows.iter().map(|row| row.name).chain(std::iter::repeat("besides"));
    for (name, faults) in names.zip(faults) {
        for fault in faults {
            wrong += &format!("{name}: {fault}\n");
        }
    }
    println!("{group}, {form:?}: {} situations", rows.len());
    assert!(wrong.is_empty(), "{group}, {form:?}:\n{wrong}");
}

fn requests_differ(row: &Row, seen: &[u8], left: usize, faults: &mut Faults) {
    if left > 0 {
        faults.push(format!("upstream: {left} steps were not reached, seen {}", shown(seen)));
    }
    let (wanted, had) = (http1::requests(&row.wanted_seen()), http1::requests(seen));
    compare("upstream", &wanted, &had, faults);
}

fn compare(
    who: &str,
    wanted: &(Vec<Message>, Vec<u8>),
    had: &(Vec<Message>, Vec<u8>),
    faults: &mut Faults,
) {
    for (number, (wanted, had)) in wanted.0.iter().zip(&had.0).enumerate() {
        if wanted != had {
            faults.push(format!("{who}: message {number}: wanted {wanted:?}, had {had:?}"));
        }
    }
    if wanted.0.len() != had.0.len() {
        let (w, h) = (wanted.0.len(), had.0.len());
        let text: Vec<String> = had.0.iter().map(|message| format!("{message:?}")).collect();
        faults.push(format!("{who}: wanted {w} messages, had {h}: {}", text.join("")));
    }
    if wanted.1 != had.1 {
        faults.push(format!("{who}: then wanted {}, had {}", shown(&wanted.1), shown(&had.1)));
    }
}

/// How closely responses are looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    /// As they crossed.
    Live,
    /// As they come from a cassette, which has no white space around values, and says where it comes
    /// from. Leave to send a body (100) is given when the replayer needs the body.
    Replay,
}

fn responses_differ(row: &Row, wanted: &Gets, got: &Got, look: Look, faults: &mut Faults) {
    let who = if look == Look::Live { "client" } else { "replay" };
    let methods = row.methods();
    let had = http1::responses(&methods, &got.bytes);
    match wanted {
        Gets::Nothing => {
            if !got.bytes.is_empty() {
                faults.push(format!("{who}: wanted nothing, had {}", shown(&got.bytes)));
            }
        }
        Gets::Problem(before, status) => {
            let mut had = had;
            let problem = had.0.pop();
            if !problem.as_ref().is_some_and(|problem| is_ours(problem, *status)) {
                faults.push(format!("{who}: wanted a refusal {status}, had {problem:?}"));
            }
            compare(who, &http1::responses(&methods, before), &had, faults);
        }
        Gets::Bytes(bytes) => {
            let (mut wanted, mut had) = (http1::responses(&methods, bytes), had);
            if look == Look::Replay {
                let asked = row.requests.iter().any(|r| shown(r).contains("100-continue"));
                if !asked && had.0.iter().any(|message| message.status() == 100) {
                    faults.push(format!("{who}: leave that nobody asked for: {:?}", had.0));
                }
                wanted.0.retain(|message| message.status() != 100);
                had.0.retain(|message| message.status() != 100);
                wanted.0.iter_mut().for_each(|message| loosen(message, row));
                for message in &mut had.0 {
                    let before = message.fields.len();
                    message.fields.retain(|line| line != b"testimony-source: replay");
                    let marks = usize::from(message.status() >= 200);
                    if message.fields.len() + marks != before {
                        faults.push(format!("{who}: not marked once: {message:?}"));
                    }
                    loosen(message, row);
                }
            }
            compare(who, &wanted, &had, faults);
            let to_end = wanted.0.last().is_some_and(|m| m.framing == Framing::Close && m.whole);
            let end = row.end.or(to_end.then_some(End::Clean));
            if end.is_some_and(|end| end != got.end) {
                faults.push(format!("{who}: wanted the end {end:?}, had {:?}", got.end));
            }
        }
    }
}

fn is_ours(message: &Message, status: u16) -> bool {
    message.status() == status
        && message.field("testimony-error").is_some()
        && message.field("content-type") == Some(b"application/problem+json")
        && message.whole
}

/// Takes out what a cassette does not keep.
fn loosen(message: &mut Message, row: &Row) {
    let secret = |name: &str| row.secret.iter().any(|s| s.eq_ignore_ascii_case(name));
    let loose = |(name, value): (&str, &[u8])| {
        let value = if secret(name) { b"***" } else { value };
        [name.as_bytes(), b": ", value].concat()
    };
    message.fields = http1::pairs(&message.fields).into_iter().map(loose).collect();
    message.trailers = http1::pairs(&message.trailers).into_iter().map(loose).collect();
    // A status line without a reason has a space all the same (RFC 9112, section 4).
    if message.start.len() == 12 {
        message.start.push(b' ');
    }
}

fn records_differ(rows: &[&Row], path: &Path, base: &str, faults: &mut Vec<Faults>) {
    let (records, sealed) = cassette::read(path);
    assert!(sealed);
    let numbers: Vec<u64> = records.iter().map(|record| record.number).collect();
    assert_eq!(numbers, (1..=records.len() as u64).collect::<Vec<_>>());
    let mut by_target: HashMap<String, VecDeque<Record>> = HashMap::new();
    for record in records {
        by_target.entry(record.request.start[1].clone()).or_default().push_back(record);
    }
    for (row, faults) in rows.iter().zip(faults.iter_mut()) {
        for wanted in row.wanted_records() {
            let request = message_of(&wanted.request, row);
            let target = target(&request, base);
            let record = by_target.get_mut(&target).and_then(VecDeque::pop_front);
            match record {
                Some(record) => record_differs(row, &wanted, &request, &target, &record, faults),
                None => faults.push(format!("cassette: nothing for {target}")),
            }
        }
    }
    by_target.retain(|_, records| !records.is_empty());
    if !by_target.is_empty() {
        faults.push(vec![format!("recorded besides: {by_target:?}")]);
    }
}

fn message_of(request: &[u8], row: &Row) -> Message {
    let (message, _) =
        http1::request(request).unwrap_or_else(|| panic!("{}: {}", row.name, shown(request)));
    message
}

/// The URL that is recorded.
fn target(request: &Message, base: &str) -> String {
    let start = String::from_utf8_lossy(&request.start).into_owned();
    let target = &start[start.find(' ').unwrap() + 1..start.rfind(' ').unwrap()];
    match target {
        "*" => format!("{base}/*"),
        target if target.starts_with("http") => target.to_owned(),
        target => format!("{base}{target}"),
    }
}

fn record_differs(
    row: &Row,
    wanted: &Wanted,
    request: &Message,
    target: &str,
    record: &Record,
    faults: &mut Faults,
) {
    let mut differs = |what: &str, wanted: String, had: String| {
        if wanted != had {
            faults.push(format!("cassette: {what}: wanted {wanted}, had {had}"));
        }
    };
    let version = String::from_utf8_lossy(&request.start).rsplit(' ').next().unwrap().to_owned();
    let start = [request.method().to_owned(), target.to_owned(), version];
    differs("request", format!("{start:?}"), format!("{:?}", record.request.start));
    fields_differ("request", row, request, &record.request, &mut differs);
    differs("error", format!("{:?}", wanted.error), format!("{:?}", record.error.as_deref()));
    differs("source", "live".to_owned(), record.source.clone());
    if row.secret.is_empty() {
        differs("redactions", "0".to_owned(), record.redacted.to_string());
    }
    let came = wanted.response.as_ref().unwrap_or(&wanted.interim);
    let (mut interim, _) = http1::responses(&[request.method().to_owned()], came);
    let response = wanted.response.as_ref().map(|_| interim.pop().unwrap());
    interims_differ(row, &interim, record, &mut differs);
    let (Some(response), Some(had)) = (&response, &record.response) else {
        let had = record.response.as_ref().map(|told| &told.start);
        return differs("response", format!("{:?}", response.map(|_| ())), format!("{had:?}"));
    };
    let reason = cassette::text(response.start.get(13..).unwrap_or_default());
    let version = String::from_utf8_lossy(&response.start[..8]).into_owned();
    let start = [response.status().to_string(), reason, version];
    differs("response", format!("{start:?}"), format!("{:?}", had.start));
    fields_differ("response", row, response, had, &mut differs);
    if let Some(view) = &wanted.view {
        let seen = had.view.as_deref().unwrap_or(b"(none)");
        differs("view", shown(view), shown(seen));
    }
    if let Some(form) = wanted.form {
        differs("form of the body", form.to_owned(), had.form.to_owned());
    }
}

/// Every response before the last one is there.
fn interims_differ(
    row: &Row,
    wanted: &[Message],
    record: &Record,
    differs: &mut impl FnMut(&str, String, String),
) {
    let start = |message: &Message| {
        let reason = message.start.get(13..).unwrap_or_default();
        [message.status().to_string(), cassette::text(reason)]
    };
    let starts: Vec<_> = wanted.iter().map(start).collect();
    let had: Vec<_> = record.interim.iter().map(|told| told.start.clone()).collect();
    differs("interim responses", format!("{starts:?}"), format!("{had:?}"));
    for (wanted, had) in wanted.iter().zip(&record.interim) {
        fields_differ("interim response", row, wanted, had, differs);
    }
}

fn fields_differ(
    which: &str,
    row: &Row,
    wanted: &Message,
    had: &Told,
    differs: &mut impl FnMut(&str, String, String),
) {
    let secret = |name: &str| row.secret.iter().any(|s| s.eq_ignore_ascii_case(name));
    let shown_pair = |name: &str, value: &[u8]| {
        format!("{name}={}", if secret(name) { "***".to_owned() } else { shown(value) })
    };
    let of_message = |lines: &[Vec<u8>]| {
        http1::pairs(lines)
            .iter()
            .filter(|(name, _)| !is_of_the_proxy(name))
            .map(|(name, value)| shown_pair(name, value))
            .collect::<Vec<_>>()
            .join("|")
    };
    let of_record = |pairs: &[(String, Vec<u8>)]| {
        pairs.iter().map(|(name, value)| shown_pair(name, value)).collect::<Vec<_>>().join("|")
    };
    differs(&format!("{which}'s headers"), of_message(&wanted.fields), of_record(&had.headers));
    differs(&format!("{which}'s trailers"), of_message(&wanted.trailers), of_record(&had.trailers));
    if wanted.body != had.body {
        differs(
            &format!("{which}'s body"),
            format!("{} bytes {}", wanted.body.len(), shown(&wanted.body)),
            format!("{} bytes {}", had.body.len(), shown(&had.body)),
        );
    }
}

fn is_of_the_proxy(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("proxy-") || name == "testimony-session"
}

fn replays_differ(
    rows: &[&Row],
    form: Form,
    upstream: &Upstream,
    folder: &Path,
    faults: &mut [Faults],
) {
    let replayer =
        Server::start(folder, &["replay", "--cassette", "c.cassette", "--keep-retry-after"]);
    for (row, faults) in rows.iter().zip(faults.iter_mut()) {
        let Some(wanted) = row.wanted_replayed() else { continue };
        upstream.stage.begin(&[], true);
        let got = at(upstream, form, replayer.address, folder, row);
        responses_differ(row, &wanted, &got, Look::Replay, faults);
        let (seen, _) = upstream.stage.end();
        if !seen.is_empty() {
            faults.push(format!("replay: went to the upstream with {}", shown(&seen)));
        }
    }
    let output = told(&replayer.stop());
    assert!(output.starts_with("exit 0\n"), "{output}");
}
