//! Values that are spread over several pieces of a stream: the lines of an event stream, lines of JSON,
//! messages of a WebSocket. A model that writes a token sends it in as many pieces as it likes.
//!
//! What follows one another is joined: the data of all pieces, and of pieces of JSON the strings that stand
//! at the same place in each. A value that is found across pieces is replaced in the first one, and what
//! the others have of it goes.

use super::Redactor;
use super::finding::Find;
use super::finding::fields::string_end;
use super::finding::tokens;
use super::known::{Known, Shape};
use crate::exchange::{Exchange, Headers, Redaction, SocketPayload, SocketPeer};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;

/// Deepest place of a string in its piece, and most places that are told apart.
const DEPTH: usize = 32;
const PLACES: usize = 1000;

/// Media types that are told to be no streams at once: almost all bodies have one of them.
const USUAL: [&str; 6] = [
    "application/json",
    "text/html",
    "text/plain",
    "application/xml",
    "text/xml",
    "application/octet-stream",
];

/// Texts of several pieces, joined.
#[derive(Debug, Default)]
pub(super) struct View {
    pub(super) text: Vec<u8>,
    /// Where each begins here, and in the source.
    pieces: Vec<(usize, usize)>,
}

impl View {
    fn add(&mut self, source: &[u8], range: Range<usize>) {
        if !range.is_empty() {
            self.pieces.push((self.text.len(), range.start));
            self.text.extend_from_slice(&source[range]);
        }
    }

    /// Where a part of it stands in the source, piece by piece.
    pub(super) fn sources(&self, range: &Range<usize>) -> Vec<Range<usize>> {
        let first = self.pieces.partition_point(|(at, _)| *at <= range.start).saturating_sub(1);
        let ends = self.pieces.iter().skip(1).map(|(at, _)| *at).chain([self.text.len()]);
        let pieces = self.pieces.iter().zip(ends).skip(first);
        let inside =
            pieces.take_while(|((at, _), _)| *at < range.end).filter_map(|((at, from), end)| {
                let (start, end) = (range.start.max(*at), range.end.min(end));
                (start < end).then(|| from + start - at..from + end - at)
            });
        inside.collect()
    }

    /// Tokens of a known form that stand across its pieces, only to be known.
    pub(super) fn finds(&self, at: usize) -> Vec<Find> {
        let signs = tokens::signs(&self.text);
        let mut found = Vec::new();
        if signs.any() {
            tokens::find(&self.text, signs, &mut found);
            found.retain(|find| self.sources(&find.range).len() > 1);
        }
        found.into_iter().map(|find| Find { range: at..at, ..find }).collect()
    }
}

/// The pieces of a body that is a stream by its media type, joined.
pub(super) fn of_body(headers: &Headers, text: &[u8]) -> Vec<View> {
    let Some(media_type) = headers.text("content-type") else { return Vec::new() };
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if USUAL.iter().any(|usual| essence.eq_ignore_ascii_case(usual)) {
        return Vec::new();
    }
    let media_type = media_type.to_ascii_lowercase();
    if media_type.contains("event-stream") {
        return views(text, &lines(text, b"data:"));
    }
    let of_lines = ["ndjson", "jsonl", "json-lines", "json-seq", "stream+json"];
    if of_lines.iter().any(|kind| media_type.contains(kind)) {
        return views(text, &lines(text, b""));
    }
    Vec::new()
}

/// What follows `start` in the lines that begin so.
fn lines(text: &[u8], start: &[u8]) -> Vec<Range<usize>> {
    let (mut found, mut at) = (Vec::new(), 0);
    for line in text.split(|byte| matches!(byte, b'\n' | b'\r')) {
        if let Some(rest) = line.strip_prefix(start).filter(|rest| !rest.is_empty()) {
            let from = at + line.len() - rest.len();
            // The space after the colon is none of the data's.
            let space = usize::from(!start.is_empty() && rest[0] == b' ');
            found.push(from + space..at + line.len());
        }
        at += line.len() + 1;
    }
    found
}

/// These pieces of a text joined, and the strings at each place in those that are JSON.
fn views(text: &[u8], pieces: &[Range<usize>]) -> Vec<View> {
    if pieces.len() < 2 {
        return Vec::new();
    }
    let mut places = HashMap::new();
    let mut whole = View::default();
    for piece in pieces {
        whole.add(text, piece.clone());
        strings(text, piece.clone(), &mut places);
    }
    let mut views: Vec<View> =
        places.into_values().filter(|view: &View| view.pieces.len() > 1).collect();
    views.push(whole);
    views
}

/// An object or array that is open.
struct Level {
    /// Of its own place.
    hash: u64,
    /// Of the member or item that follows.
    next: u64,
    is_array: bool,
}

/// Adds the strings of a piece of JSON to those that stand at the same places in others.
fn strings(text: &[u8], piece: Range<usize>, places: &mut HashMap<u64, View>) {
    let text = &text[..piece.end];
    let mut levels = vec![Level { hash: 0, next: 0, is_array: false }];
    let mut at = piece.start;
    while at < text.len() {
        let (byte, depth) = (&text[at], levels.len());
        let Some(level) = levels.last_mut() else { return };
        match byte {
            b'"' => {
                let Some(end) = string_end(text, at) else { return };
                let content = at + 1..end.min(text.len());
                at = content.end + 1;
                let space = text.get(at..).unwrap_or_default().iter();
                let space = space.take_while(|byte| byte.is_ascii_whitespace()).count();
                if !level.is_array && text.get(at + space) == Some(&b':') {
                    level.next = hashed(level.hash, &text[content]);
                } else if places.len() < PLACES || places.contains_key(&level.next) {
                    places.entry(level.next).or_default().add(text, content);
                }
                continue;
            }
            open @ (b'{' | b'[') => {
                if depth >= DEPTH {
                    return;
                }
                let (hash, is_array) = (level.next, *open == b'[');
                let next = if is_array { hashed(hash, &0_u64) } else { hash };
                levels.push(Level { hash, next, is_array });
            }
            b'}' | b']' if depth > 1 => {
                levels.pop();
            }
            b',' if level.is_array => level.next = hashed(level.next, &1_u64),
            _ => {}
        }
        at += 1;
    }
}

fn hashed(place: u64, step: &(impl std::hash::Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    (place, step).hash(&mut hasher);
    hasher.finish()
}

/// The messages of a WebSocket one after the other, where each begins, and both directions joined.
struct Talk {
    text: Vec<u8>,
    starts: Vec<usize>,
    views: Vec<View>,
}

impl Talk {
    fn of(exchange: &Exchange) -> Option<Self> {
        if exchange.messages.len() < 2 {
            return None;
        }
        let (mut text, mut starts) = (Vec::new(), Vec::new());
        let mut pieces = [Vec::new(), Vec::new()];
        for message in &exchange.messages {
            starts.push(text.len());
            if let SocketPayload::Kept(bytes) = &message.payload {
                let range = text.len()..text.len() + bytes.len();
                text.extend_from_slice(bytes);
                pieces[usize::from(message.from == SocketPeer::Server)].push(range);
            }
        }
        let views = pieces.iter().flat_map(|pieces| views(&text, pieces)).collect();
        Some(Self { text, starts, views })
    }
}

/// Whether a text that is spread over messages of an exchange may be taken for a match.
pub(super) fn any_in_messages(exchange: &Exchange, mut is: impl FnMut(&[u8]) -> bool) -> bool {
    Talk::of(exchange).is_some_and(|talk| talk.views.iter().any(|view| is(&view.text)))
}

/// Replaces the values that are spread over messages of an exchange; answers whether there were any.
pub(super) fn redact_messages(redactor: &Redactor, exchange: &mut Exchange) -> bool {
    let Some(talk) = Talk::of(exchange) else { return false };
    let finds: Vec<Find> = talk.views.iter().flat_map(|view| view.finds(0)).collect();
    redactor.learn(&finds.iter().collect::<Vec<_>>());
    let known = redactor.known();
    let Some(spots) = known.spread(&talk.views, Shape::Kept) else { return false };
    drop(known);
    // From the last to the first: places before a change stay what they are.
    let mut texts: HashMap<usize, Vec<u8>> = HashMap::new();
    let mut until = talk.text.len();
    for spot in spots.into_iter().rev() {
        let index = talk.starts.partition_point(|start| *start <= spot.start).saturating_sub(1);
        let Some(SocketPayload::Kept(bytes)) =
            exchange.messages.get(index).map(|message| &message.payload)
        else {
            continue;
        };
        let start = talk.starts[index];
        let end = spot.end.min(until);
        if spot.start >= end {
            continue;
        }
        until = spot.start;
        let text = texts.entry(index).or_insert_with(|| bytes.to_vec());
        text.splice(spot.start - start..end - start, spot.mark.into_bytes());
        let at = format!("/messages/{index}");
        let note = Redaction { secret: spot.number, rule: spot.rule.into_owned(), at };
        if !exchange.redacted.contains(&note) {
            exchange.redacted.push(note);
        }
    }
    for (index, text) in texts {
        exchange.messages[index].payload = SocketPayload::Kept(text.into());
    }
    true
}

impl Known {
    /// Where carried values stand in joined texts across their pieces, in the order of the source; `None`
    /// where none does.
    pub(super) fn spread(&self, views: &[View], shape: Shape) -> Option<Vec<super::known::Spot>> {
        let mut spots = Vec::new();
        for view in views {
            for (hit, mut spot) in self.hits(&view.text, shape) {
                let sources = view.sources(&hit);
                if sources.len() < 2 {
                    continue;
                }
                for source in sources {
                    let mark = std::mem::take(&mut spot.mark);
                    let (number, rule) = (spot.number, spot.rule.clone());
                    let (start, end) = (source.start, source.end);
                    spots.push(super::known::Spot { start, end, number, mark, rule });
                }
            }
        }
        spots.sort_by_key(|spot| (spot.start, std::cmp::Reverse(spot.end)));
        (!spots.is_empty()).then_some(spots)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(media_type: &str, text: &str) -> Vec<String> {
        let headers = Headers::from([("Content-Type", media_type)]);
        let views = of_body(&headers, text.as_bytes());
        let mut texts: Vec<String> =
            views.iter().map(|view| String::from_utf8(view.text.clone()).unwrap()).collect();
        texts.sort();
        texts
    }

    #[test]
    fn strings_at_the_same_place_are_joined() {
        let text = "event: a\ndata: {\"c\":[{\"d\":\"to\"},{\"d\":\"x\"}],\"t\":\"1\"}\n\ndata: {\"c\":[{\"d\":\"ken\"}]}\n\n";
        let seen = joined("text/event-stream; charset=utf-8", text);
        assert!(seen.contains(&"token".to_owned()), "{seen:?}");
        assert!(!seen.iter().any(|text| text.contains("tox")), "{seen:?}");
        assert_eq!(joined("text/event-stream", "data: to\ndata:ken\n\n"), ["token"]);
        assert_eq!(joined("application/x-ndjson", "{\"a\":\"to\"}\n{\"a\":\"ken\"}\n")[0], "token");
        assert!(joined("application/json", "{\"a\":\"to\"}\n{\"a\":\"ken\"}\n").is_empty());
    }

    #[test]
    fn places_lead_back_to_every_piece() {
        let text = b"data: ab\ndata: cd\ndata: ef\n";
        let headers = Headers::from([("Content-Type", "text/event-stream")]);
        let view = of_body(&headers, text).remove(0);
        let parts = |range| view.sources(&range).into_iter().map(|r| &text[r]).collect::<Vec<_>>();
        assert_eq!(parts(1..5), [&b"b"[..], b"cd", b"e"]);
        assert_eq!(parts(2..4), [&b"cd"[..]]);
        assert_eq!(parts(0..6), [&b"ab"[..], b"cd", b"ef"]);
    }

    /// Every place of a view is one of the text.
    fn places_are_within(media: &str, text: &str) {
        let headers = Headers::from([("Content-Type", media)]);
        for view in of_body(&headers, text.as_bytes()) {
            for range in view.sources(&(0..view.text.len())) {
                assert!(range.start <= range.end && range.end <= text.len(), "{range:?}");
            }
        }
    }

    #[test]
    fn nothing_hostile_takes_it_down() {
        for text in [
            "data:",
            "data: {{{{[[[\"",
            "data: \"\ndata: \\\"",
            "\n\r\n",
            "data: ]}]}\ndata: [\"a\",",
        ] {
            for media in ["text/event-stream", "application/x-ndjson"] {
                places_are_within(media, text);
            }
        }
        let deep = format!("{}\n{}", "[".repeat(100_000), "{\"a\":".repeat(50_000));
        places_are_within("application/x-ndjson", &deep);
        // What comes before and after it is still joined.
        let around = format!("{{\"t\":\"to\"}}\n{deep}\n{{\"t\":\"ken\"}}\n");
        let seen = joined("application/x-ndjson", &around);
        assert!(seen.contains(&"token".to_owned()), "{} views", seen.len());
    }
}
