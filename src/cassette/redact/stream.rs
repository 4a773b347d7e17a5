//! Redaction of a body that does not fit into memory: through a window that slides over it.
//!
//! Each window reaches back over what was handed out and ahead of what is, so that a secret that is
//! split over pieces is found whole, its name before it, as long as both fit into [`REACH`]. A named
//! value that is longer is replaced up to where it ends; a private key block or a carried value
//! that is longer is not found.

use super::Redactor;
use super::finding::fields;
use super::finding::ruleset::Scope;
use super::finding::{Find, Sort, find};
use super::known::Shape;
use crate::exchange::Headers;
use regex::bytes::Regex;
use std::borrow::Cow;
use std::io;
use std::ops::{Deref, Range};
use std::sync::{Arc, LazyLock};

/// How far a window reaches back, and how much of it is held until more has come, in bytes.
pub const REACH: usize = 64 * 1024;
/// The whole window.
const WINDOW: usize = 512 * 1024;

/// How much of what was handed out is looked at again after [`RedactingStream::settle`]: enough for
/// the name of a value that follows.
const CONTEXT: usize = 2 * 1024;

/// Takes what is left of the text.
pub type Out<'a> = dyn FnMut(&[u8]) -> io::Result<()> + 'a;

/// Redacts one text that comes in pieces.
#[derive(Debug)]
pub struct RedactingStream<R = Arc<Redactor>> {
    redactor: R,
    /// What the rules take it for; without, only known values are looked for.
    sort: Option<Sort<'static>>,
    /// The request's target: rules may hold for some of them only.
    target: String,
    /// The window: what was handed out already, then what was not.
    window: Vec<u8>,
    /// Length of the window, and how far it reaches either way.
    span: (usize, usize),
    done: usize,
    taken: u64,
    /// Within a named value that is longer than the window can hold.
    swallowing: bool,
    notes: Vec<(u32, Cow<'static, str>)>,
    carried: usize,
}

impl Redactor {
    /// A stream for a body of this media type, in an exchange with this target.
    pub fn stream(self: &Arc<Self>, target: &str, content_type: Option<&str>) -> RedactingStream {
        RedactingStream::new(Arc::clone(self), Some(Sort::of_body(content_type)), target)
    }

    /// Takes note of the secrets in a request's target and in heads, before the bodies that go with
    /// them are looked at.
    pub fn learn_heads(&self, target: &str, heads: &[&Headers]) {
        let scope = Scope::of(target);
        let mut finds = find(target.as_bytes(), Sort::Target, &self.rules, scope);
        for header in heads.iter().flat_map(|headers| headers.iter()) {
            finds.extend(find(&header.value, Sort::Header(&header.name), &self.rules, scope));
        }
        self.learn(&finds.iter().collect::<Vec<_>>());
    }
}

impl<R: Deref<Target = Redactor> + Clone> RedactingStream<R> {
    /// For a text of this sort, in an exchange with this target.
    pub(super) fn new(redactor: R, sort: Option<Sort<'static>>, target: &str) -> Self {
        let carried = redactor.carried();
        Self {
            redactor,
            sort,
            target: target.to_owned(),
            window: Vec::new(),
            span: (WINDOW, REACH),
            done: 0,
            taken: 0,
            swallowing: false,
            notes: Vec::new(),
            carried,
        }
    }

    /// Takes the next bytes and hands out what is judged.
    pub fn push(&mut self, bytes: &[u8], out: &mut Out<'_>) -> io::Result<()> {
        self.taken += bytes.len() as u64;
        let mut rest = bytes;
        loop {
            rest = self.swallow(rest);
            if rest.is_empty() {
                return Ok(());
            }
            let (now, later) = rest.split_at(rest.len().min(self.span.0 - self.window.len()));
            self.window.extend_from_slice(now);
            rest = later;
            if self.window.len() == self.span.0 {
                self.slide(false, out)?;
            }
        }
    }

    /// Hands out what has come up to the last line end, as far as no secret begins there and goes on.
    /// A text that comes slowly is known before a window is full of it.
    pub fn settle(&mut self, out: &mut Out<'_>) -> io::Result<()> {
        let fresh = &self.window[self.done..];
        let Some(last) = fresh.iter().rposition(|byte| *byte == b'\n') else { return Ok(()) };
        let finds = self.finds();
        let (cut, known) = (self.done + last + 1, self.redactor.known());
        let mut spots: Vec<_> = finds.iter().map(|found| found.range.clone()).collect();
        spots.extend(known.ranges(&self.window));
        let mut cut = Self::before(cut, &spots);
        if let Some(begun) = begun_key(&self.window[..cut]) {
            cut = Self::before(begun, &spots);
        }
        if let Some(begun) = known.begun(&self.window[..cut]) {
            cut = Self::before(begun, &spots);
        }
        drop(known);
        if cut <= self.done {
            return Ok(());
        }
        self.hand_out(finds, cut, CONTEXT, out)
    }

    /// Hands out the rest.
    pub fn end(&mut self, out: &mut Out<'_>) -> io::Result<()> {
        self.slide(true, out)
    }

    /// Bytes that were taken.
    pub const fn taken(&self) -> u64 {
        self.taken
    }

    /// Bytes that were taken and are judged.
    pub const fn judged(&self) -> u64 {
        self.taken - (self.window.len() - self.done) as u64
    }

    /// What was replaced so far: secret and rule.
    pub fn notes(&self) -> &[(u32, Cow<'static, str>)] {
        &self.notes
    }

    /// Whether values became known since this stream began: what it handed out may hold them.
    pub fn is_outdated(&self) -> bool {
        self.redactor.carried() != self.carried
    }

    /// Drops what belongs to a value that was replaced; answers with what follows it.
    fn swallow<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        if !self.swallowing {
            return bytes;
        }
        let Some(end) = bytes.iter().position(|byte| ends_value(*byte)) else { return &[] };
        self.swallowing = false;
        &bytes[end..]
    }

    /// Judges the window, hands out what no later byte can change, and moves on.
    fn slide(&mut self, last: bool, out: &mut Out<'_>) -> io::Result<()> {
        let mut finds = self.finds();
        let redactor = self.redactor.clone();
        let length = self.window.len();
        let mut cut = if last { length } else { length - self.span.1 };
        if !last && let Some(open) = self.open_value(&finds, cut) {
            finds.push(open);
            finds.sort_by_key(|found| (found.range.start, std::cmp::Reverse(found.range.end)));
            (cut, self.swallowing) = (length, true);
        } else if !last {
            let hits: Vec<_> = redactor.known().ranges(&self.window).collect();
            cut = self.between(cut, &finds, &hits);
        }
        drop(redactor);
        self.hand_out(finds, cut, self.span.1, out)
    }

    /// Hands out what is before `cut`, replaced, and keeps `reach` bytes of it to look back to.
    fn hand_out(
        &mut self,
        mut finds: Vec<Find>,
        cut: usize,
        reach: usize,
        out: &mut Out<'_>,
    ) -> io::Result<()> {
        let redactor = self.redactor.clone();
        finds.retain(|found| found.range.start < cut);
        redactor.learn(&finds.iter().collect::<Vec<_>>());
        for found in &mut finds {
            found.range = found.range.start - self.done..found.range.end.min(cut) - self.done;
        }
        let text = &self.window[self.done..cut];
        let replaced = redactor.known().replace(text, &finds, Shape::Kept);
        match replaced {
            None => out(text)?,
            Some(replaced) => {
                for note in replaced.notes {
                    if !self.notes.contains(&note) {
                        self.notes.push(note);
                    }
                }
                out(&replaced.text)?;
            }
        }
        let keep = cut.saturating_sub(reach);
        self.window.drain(..keep);
        self.done = cut - keep;
        Ok(())
    }

    /// What the rules find in what was not handed out yet.
    fn finds(&self) -> Vec<Find> {
        let Some(sort) = self.sort else { return Vec::new() };
        let text = &self.window;
        let scope = Scope::of(&self.target);
        let mut finds = find(text, sort, &self.redactor.rules, scope);
        // A window may begin within a string, and its quotes then read inside out: both readings count.
        if sort == Sort::Json
            && let Some(quote) = text.iter().position(|byte| *byte == b'"')
        {
            let mut inside_out = Vec::new();
            fields::in_json(&text[quote + 1..], &mut inside_out);
            finds.extend(inside_out.into_iter().map(|found| found.moved(quote + 1)));
        }
        finds.retain(|found| found.range.end > self.done);
        for found in &mut finds {
            found.range.start = found.range.start.max(self.done);
        }
        finds.sort_by_key(|found| (found.range.start, std::cmp::Reverse(found.range.end)));
        finds
    }

    /// The last place up to `cut` that is inside of nothing that was found.
    fn between(&self, cut: usize, finds: &[Find], hits: &[Range<usize>]) -> usize {
        let mut cut = cut;
        loop {
            let spots = finds.iter().map(|found| &found.range).chain(hits);
            let over: Vec<_> = spots.filter(|s| s.start < cut && cut < s.end).collect();
            match over.iter().map(|spot| spot.start).min() {
                None => return cut,
                Some(start) if start > self.done => cut = start,
                // Nothing would be handed out: the longest find is taken whole.
                Some(_) => return over.iter().map(|spot| spot.end).max().unwrap_or(cut),
            }
        }
    }

    /// The last place up to `cut` that is inside of none of these spots.
    fn before(cut: usize, spots: &[Range<usize>]) -> usize {
        let mut cut = cut;
        while let Some(start) =
            spots.iter().filter(|s| s.start < cut && cut < s.end).map(|s| s.start).min()
        {
            cut = start;
        }
        cut
    }

    /// A named value that begins before `cut` and has not ended where the window does.
    fn open_value(&self, finds: &[Find], cut: usize) -> Option<Find> {
        self.sort?;
        let length = self.window.len();
        let within = |start: usize| start < cut && start >= self.done;
        let touching = finds.iter().find(|f| f.range.end == length && within(f.range.start));
        if let Some(found) = touching {
            return Some(Find { carried: false, ..found.clone() });
        }
        let quote =
            self.window.iter().rposition(|byte| *byte == b'"').filter(|at| within(at + 1))?;
        let tail = &self.window[quote.saturating_sub(128)..=quote];
        let name = OPENED.as_ref()?.captures(tail)?.get(1)?;
        let value = self.window[quote + 1..].to_vec();
        if value.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
            return None;
        }
        let name = String::from_utf8_lossy(name.as_bytes());
        let found = fields::named(&name, &value, quote + 1..length)?;
        Some(Find { carried: false, ..found })
    }
}

/// The name of a member whose value has just been opened, escaped or not.
static OPENED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?-u)"([^"\\\r\n]{1,64})\\?"\s*:\s*\\?"$"#).ok());

/// Where the block of a private key begins that has not ended.
fn begun_key(text: &[u8]) -> Option<usize> {
    let last = |mark: &[u8]| text.windows(mark.len()).rposition(|window| window == mark);
    let begun = last(b"-----BEGIN ")?;
    last(b"-----END ").is_none_or(|end| end < begun).then_some(begun)
}

/// Whether a byte ends a value that stands in a text.
const fn ends_value(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'&' | b'<' | b'>') || byte.is_ascii_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cassette::redact::Secret;
    use proptest::prelude::*;

    /// A window that is soon full.
    const WINDOW: usize = 4096;
    const REACH: usize = 512;

    fn redacted(redactor: &Arc<Redactor>, text: &[u8], step: usize) -> (Vec<u8>, RedactingStream) {
        let mut out = Vec::new();
        let mut stream = redactor.stream("http://h/", Some("application/json"));
        stream.span = (WINDOW, REACH);
        let mut keep = |bytes: &[u8]| {
            out.extend_from_slice(bytes);
            Ok(())
        };
        for piece in text.chunks(step) {
            stream.push(piece, &mut keep).unwrap();
        }
        stream.end(&mut keep).unwrap();
        (out, stream)
    }

    fn has(text: &[u8], part: &str) -> bool {
        text.windows(part.len()).any(|window| window == part.as_bytes())
    }

    /// Text of `length` bytes without a line end, with quotes in pairs.
    fn filling(length: usize) -> Vec<u8> {
        b"\"colour\": \"green\", ".iter().copied().cycle().take(length).collect()
    }

    #[test]
    fn what_is_no_secret_passes_unchanged() {
        let text = filling(3 * WINDOW + 17);
        let (out, stream) = redacted(&Arc::default(), &text, 79);
        assert!(out == text && stream.notes().is_empty());
        assert_eq!((stream.taken(), stream.judged()), (text.len() as u64, text.len() as u64));
    }

    #[test]
    fn a_secret_at_any_edge_of_the_window_is_found() {
        let secrets = [
            ("\"password\": \"Correct-Horse-9\", ", "Correct-Horse-9"),
            (" see?access_token=Tt1Tt1Tt1Tt1 ", "Tt1Tt1Tt1Tt1"),
            ("{\\\"client_secret\\\": \\\"Ss1Ss1Ss1Ss1\\\"}", "Ss1Ss1Ss1Ss1"),
            (" AKIAABCDEFGHIJKLMNOP ", "AKIAABCDEFGHIJKLMNOP"),
            (" carried-Vv1Vv1 ", "carried-Vv1Vv1"),
            (" Y2FycmllZC1WdjFWdjE ", "Y2FycmllZC1WdjFWdjE"),
        ];
        for (text, secret) in secrets {
            for edge in [WINDOW - REACH, WINDOW, WINDOW + REACH, 2 * (WINDOW - REACH)] {
                for before in [1, 9, 15, 24, 33] {
                    let known = vec![("X".to_owned(), Secret::new("carried-Vv1Vv1"))];
                    let redactor = Arc::new(Redactor::new(known));
                    let mut whole = filling(edge - before);
                    whole.extend_from_slice(text.as_bytes());
                    whole.extend_from_slice(&filling(2 * WINDOW));
                    let (out, stream) = redacted(&redactor, &whole, 300);
                    assert!(!has(&out, secret), "{text} {edge} {before}");
                    assert!(has(&out, "{{secret:"), "{text} {edge} {before}");
                    assert_eq!(stream.notes().len(), 1);
                    assert_eq!(out.len() + secret.len(), whole.len() + "{{secret:1}}".len());
                }
            }
        }
    }

    #[test]
    fn a_value_longer_than_the_window_goes_to_its_end() {
        for (open, close) in [("\"password\": \"", "\", "), (" password=", " ")] {
            let mut whole = filling(3000);
            whole.extend_from_slice(open.as_bytes());
            whole.extend_from_slice(&b"Ss1-".repeat(WINDOW));
            whole.extend_from_slice(close.as_bytes());
            whole.extend_from_slice(&filling(90));
            let (out, _) = redacted(&Arc::default(), &whole, 700);
            assert!(!has(&out, "Ss1-Ss1"), "{open}");
            let expected = [
                &filling(3000)[..],
                open.as_bytes(),
                b"{{secret:1}}",
                close.as_bytes(),
                &filling(90),
            ];
            assert!(out == expected.concat(), "{open}");
        }
    }

    #[test]
    fn what_is_learnt_on_the_way_makes_the_stream_outdated() {
        let redactor: Arc<Redactor> = Arc::default();
        let mut whole = b"x Correct-Horse-9 ".to_vec();
        whole.extend_from_slice(&filling(2 * WINDOW));
        whole.extend_from_slice(b"\"password\": \"Correct-Horse-9\"");
        let (out, stream) = redacted(&redactor, &whole, 1000);
        assert!(has(&out, "Correct-Horse-9") && stream.is_outdated());
        let mut again = redactor.stream("http://h/", None);
        let mut text = Vec::new();
        let mut keep = |bytes: &[u8]| {
            text.extend_from_slice(bytes);
            Ok(())
        };
        again.push(&out, &mut keep).unwrap();
        again.end(&mut keep).unwrap();
        assert!(!has(&text, "Correct-Horse-9") && !again.is_outdated());
    }

    #[test]
    fn what_settles_is_out_at_once_and_holds_no_beginning_of_a_secret() {
        let key = "-----BEGIN PRIVATE KEY-----\nMIIBVQ/x\nAgEAMB9x\n-----END PRIVATE KEY-----\n";
        let pass = "Line-One-11\nLine-Two-22\n";
        let known = vec![("X".to_owned(), Secret::new(pass))];
        let redactor = Arc::new(Redactor::new(known));
        let text = format!(
            "data: {{\"n\": 1}}\n\ndata: {{\"password\": \"Correct-Horse-9\"}}\n\n{key}between\n{pass}data: again Correct-Horse-9 {{\"access_token\": \n\"Tt1Tt1Tt1Tt1\"}}\nend"
        );
        for step in [1, 3, 7, 40, text.len()] {
            let mut stream = redactor.stream("http://h/", Some("text/event-stream"));
            let mut out = Vec::new();
            for (at, piece) in text.as_bytes().chunks(step).enumerate() {
                let mut keep = |bytes: &[u8]| {
                    out.extend_from_slice(bytes);
                    Ok(())
                };
                stream.push(piece, &mut keep).unwrap();
                stream.settle(&mut keep).unwrap();
                for part in ["MIIB", "Line-One", "Correct-H", "Tt1Tt1"] {
                    assert!(!has(&out, part), "{step}: {part}");
                }
                let came = &text[..((at + 1) * step).min(text.len())];
                if came.ends_with("1}\n\n") {
                    assert!(has(&out, "1}\n\n"), "{step}");
                }
            }
            let told = String::from_utf8_lossy(&out).into_owned();
            assert!(told.contains("between\n") && told.ends_with("\"}\n"), "{step}: {told}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn no_cut_lets_a_secret_through(at in 0..2 * WINDOW, step in 10..2000_usize) {
            let mut whole = filling(at);
            whole.extend_from_slice(b"\"token\": \"Zz1Zz1Zz1Zz1\", ");
            whole.extend_from_slice(&filling(WINDOW));
            let (out, _) = redacted(&Arc::default(), &whole, step);
            prop_assert!(!has(&out, "Zz1Zz1Zz1Zz1"));
        }
    }
}
