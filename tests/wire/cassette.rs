//! The cassette as anybody would read it: `serde_json` over the stream, and the bodies by what
//! `docs/cassette-format.md` says of them. Nothing here uses the product's reader.

use super::json;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use serde_json::value::RawValue;
use std::path::Path;

/// One message as the file tells it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// Method and target, or status and reason; then the version.
    pub start: Vec<String>,
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
    pub trailers: Vec<(String, Vec<u8>)>,
    /// What a person sees of a compressed body.
    pub view: Option<Vec<u8>>,
    /// Which of the forms the body has.
    pub form: &'static str,
}

/// One exchange as the file tells it.
#[derive(Debug, Clone)]
pub struct Record {
    pub number: u64,
    pub source: String,
    pub request: Told,
    /// Interim responses.
    pub interim: Vec<Told>,
    pub response: Option<Told>,
    /// The kind of failure.
    pub error: Option<String>,
    pub redacted: usize,
}

/// A record's parts that have to be read as text, since a body's numbers and names are kept as
/// they were spelled.
#[derive(serde::Deserialize)]
struct Raw<'a> {
    #[serde(borrow)]
    exchange: Option<&'a RawValue>,
    #[serde(borrow)]
    request: Option<RawMessage<'a>>,
    #[serde(borrow)]
    response: Option<RawMessage<'a>>,
}

#[derive(serde::Deserialize)]
struct RawMessage<'a> {
    #[serde(borrow)]
    body: Option<RawBody<'a>>,
}

#[derive(serde::Deserialize)]
struct RawBody<'a> {
    #[serde(borrow)]
    json: Option<&'a RawValue>,
}

/// The exchanges of a cassette, and whether it was closed.
pub fn read(path: &Path) -> (Vec<Record>, bool) {
    let text = std::fs::read_to_string(path).unwrap();
    let (mut records, mut sealed) = (Vec::new(), false);
    for raw in serde_json::Deserializer::from_str(&text).into_iter::<&RawValue>() {
        // A torn tail ends the stream.
        let Ok(raw) = raw else { break };
        let value: Value = serde_json::from_str(raw.get()).unwrap();
        sealed = value.get("end").is_some();
        if let Some(number) = value.get("exchange") {
            let texts: Raw<'_> = serde_json::from_str(raw.get()).unwrap();
            assert!(texts.exchange.is_some());
            records.push(record(number.as_u64().unwrap(), &value, &texts, path));
        }
    }
    (records, sealed)
}

fn record(number: u64, value: &Value, raw: &Raw<'_>, path: &Path) -> Record {
    let word = |value: &Value| value.as_str().map(str::to_owned);
    let message = |key: &str, raw: Option<&RawMessage<'_>>| {
        let message = &value[key];
        (!message.is_null()).then(|| told(message, raw, path))
    };
    Record {
        number,
        source: word(&value["source"]).unwrap(),
        request: message("request", raw.request.as_ref()).unwrap(),
        interim: value["interim"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|i| told(i, None, path))
            .collect(),
        response: message("response", raw.response.as_ref()),
        error: word(&value["error"]["kind"]),
        redacted: value["redacted"].as_array().map_or(0, Vec::len),
    }
}

fn told(message: &Value, raw: Option<&RawMessage<'_>>, path: &Path) -> Told {
    let start = ["method", "target", "status", "reason", "version"]
        .iter()
        .filter_map(|key| message.get(*key))
        .map(|value| if value.is_number() { value.to_string() } else { text(&octets(value)) })
        .collect();
    let raw = raw.and_then(|raw| raw.body.as_ref()).and_then(|body| body.json);
    let (body, view, form) = body(&message["body"], raw, path);
    Told {
        start,
        headers: pairs(&message["headers"]),
        body,
        trailers: pairs(&message["trailers"]),
        view,
        form,
    }
}

fn pairs(value: &Value) -> Vec<(String, Vec<u8>)> {
    let pair = |pair: &Value| (pair[0].as_str().unwrap().to_owned(), octets(&pair[1]));
    value.as_array().map(|pairs| pairs.iter().map(pair).collect()).unwrap_or_default()
}

/// Bytes as text; what is none is escaped, so that nothing is lost in comparing.
pub fn text(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(|_| bytes.escape_ascii().to_string(), str::to_owned)
}

/// A text, or in base64 what is none.
fn octets(value: &Value) -> Vec<u8> {
    match value {
        Value::String(text) => text.clone().into_bytes(),
        other => STANDARD.decode(other["base64"].as_str().unwrap()).unwrap(),
    }
}

/// The wire bytes of a body, the view beside them, and the form's name.
fn body(
    body: &Value,
    raw: Option<&RawValue>,
    path: &Path,
) -> (Vec<u8>, Option<Vec<u8>>, &'static str) {
    let base64 = |key: &str| STANDARD.decode(body[key].as_str().unwrap()).unwrap();
    if body.is_null() {
        return (Vec::new(), None, "none");
    }
    let (bytes, form) = if body.get("json").is_some() {
        (json::laid_out(raw.unwrap().get(), body["style"].as_str().unwrap()), "json")
    } else if let Some(lines) = body.get("text").and_then(Value::as_array) {
        let lines: Vec<&str> = lines.iter().map(|line| line.as_str().unwrap()).collect();
        (lines.join("\n").into_bytes(), "text")
    } else if body.get("base64").is_some() {
        (base64("base64"), "base64")
    } else {
        // One that was to replace another has its bodies where they would have been.
        let mut folder = match path.extension() {
            Some(extension) if extension == "recording" => path.with_extension("").into_os_string(),
            _ => path.as_os_str().to_owned(),
        };
        folder.push(".bodies");
        let bytes = std::fs::read(Path::new(&folder).join(body["file"].as_str().unwrap())).unwrap();
        assert_eq!(Some(bytes.len() as u64), body["bytes"].as_u64());
        return (bytes, None, "file");
    };
    if body.get("encoding").is_some() {
        return (base64("wire"), Some(bytes), form);
    }
    (bytes, None, form)
}
