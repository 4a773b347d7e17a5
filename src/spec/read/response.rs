use super::{Problems, body, parameter, sources};
use crate::spec::model::{CodePattern, HeaderPromise, Promise};
use crate::spec::place::{Node, shortened};

/// What an operation promises for each code that it documents.
pub fn promises(operation: &Node, problems: &mut Problems) -> Vec<Promise> {
    let Some(responses) = operation.member("responses") else { return Vec::new() };
    let mut promises: Vec<Promise> = Vec::new();
    for (key, used) in responses.members() {
        if key.starts_with("x-") {
            continue;
        }
        let Some(code) = CodePattern::parse(key) else {
            let what = format!("`{}` is no status code, range or `default`", shortened(key));
            problems.note(used.pointer, what);
            continue;
        };
        // A promise that cannot be read stays a documented code: leaving it out would make its
        // answers look undocumented.
        let Some(node) = problems.resolved(used.clone()) else {
            promises.push(unreadable(code, used));
            continue;
        };
        promises.push(Promise {
            code,
            description: node.text("description").map(str::to_owned),
            media: body::media(&node, problems),
            headers: headers(&node, problems),
            body_documented: !node.flag("x-no-body-documented"),
            sources: sources(&used, &node),
            changed: changed([operation, &used, &node], problems),
            pointer: node.pointer,
        });
    }
    promises
}

fn unreadable(code: CodePattern, used: Node) -> Promise {
    Promise {
        code,
        description: None,
        media: Vec::new(),
        headers: Vec::new(),
        sources: sources(&used, &used),
        pointer: used.pointer,
        body_documented: false,
        changed: None,
    }
}

/// The newest `x-changed` of an operation and of a response, as used and as referred to.
fn changed(places: [&Node; 3], problems: &mut Problems) -> Option<jiff::Timestamp> {
    let read = |node: &Node| {
        let written = node.member("x-changed")?;
        let moment = written.value.as_str().and_then(moment);
        if moment.is_none() {
            let what =
                "`x-changed` is a date such as 2027-01-31, or a time such as 2027-01-31T10:00:00Z";
            problems.note(written.pointer, what);
        }
        moment
    };
    places.into_iter().filter_map(read).max()
}

/// A time, or the end of a day.
fn moment(text: &str) -> Option<jiff::Timestamp> {
    if let Ok(moment) = text.parse() {
        return Some(moment);
    }
    let day: jiff::civil::Date = text.parse().ok()?;
    Some(day.tomorrow().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
}

fn headers(response: &Node, problems: &mut Problems) -> Vec<HeaderPromise> {
    let Some(headers) = response.member("headers") else { return Vec::new() };
    if !headers.value.is_object() {
        problems.note(&*headers.pointer, "`headers` is an object of headers");
    }
    let mut found = Vec::new();
    for (name, used) in headers.members() {
        // OpenAPI 3.1, section 4.8.17: a `Content-Type` among the headers is ignored.
        if name.eq_ignore_ascii_case("content-type") || name.starts_with("x-source") {
            continue;
        }
        let Some(node) = problems.resolved(used.clone()) else { continue };
        let sources = sources(&used, &node);
        found.push(HeaderPromise {
            name: name.to_owned(),
            required: node.flag("required"),
            pointer: node.pointer.clone(),
            sources: sources.clone(),
            parameter: parameter::header(name, &node, sources, problems),
        });
    }
    found
}
