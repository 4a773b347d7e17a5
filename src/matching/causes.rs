//! Values that an answer gave and a later request of the same recording uses: ids that a server made
//! up. Who uses one asks after the exchange that gave it, in replay as when it was recorded.
//!
//! The work is linear in the recording's size, and the answers are looked through only where requests
//! use words that look generated at all. What can't be looked through (a body in a file, one of a
//! size that is unusual) counts as giving everything: the index never blames what it did not see.

use super::canonical::{Canonical, CanonicalBody};
use super::defaults::SELECTING_HEADERS;
use super::words::{Words, looks_generated};
use crate::exchange::{Body, Exchange, Request};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Most words that requests use, of all recordings together.
const MOST_WORDS: usize = 1_000_000;
/// Most words that one exchange uses or gives; beyond, it uses no more, and gives all.
const MOST_OF_ONE: usize = 4_096;
/// Most words that all exchanges give together.
const MOST_GIVEN: usize = 8_000_000;
/// Longest compressed body that is looked through, in bytes.
const LONGEST_CODED: usize = 256 * 1024;
/// Most bytes that come out of compressed bodies altogether.
const MOST_DECODED: usize = 512 * 1024 * 1024;

/// Which exchanges use values that earlier ones gave.
#[derive(Debug, Default)]
pub(super) struct Causes {
    words: Vec<Word>,
    /// By exchange: what it uses that was given before, what it gives.
    uses: HashMap<u32, Box<[u32]>>,
    gives: HashMap<u32, Given>,
}

#[derive(Debug)]
enum Given {
    These(Box<[u32]>),
    /// What it gives can't be told.
    All,
}

#[derive(Debug)]
struct Word {
    text: Box<str>,
    /// Who gave it first; `None` for a word that a request brought.
    giver: Option<u32>,
    /// Whether who gave it only looked at what was there.
    safe: bool,
    seen: bool,
}

/// What was given so far in a session.
#[derive(Debug, Default)]
pub(super) struct Seen {
    words: Vec<u64>,
    all: bool,
}

/// A value that was not given yet, and the exchange that gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanting {
    /// The value.
    pub value: String,
    /// The exchange (from 0) whose answer gave it first.
    pub giver: usize,
}

impl Causes {
    /// Whether an exchange uses or gives anything.
    pub(super) fn concern(&self, entry: usize) -> bool {
        let entry = number(entry);
        self.uses.contains_key(&entry) || self.gives.contains_key(&entry)
    }

    /// What an exchange uses that was not given, so that it can't be answered yet.
    pub(super) fn wanting(&self, entry: usize, seen: &Seen) -> Option<Wanting> {
        let missing = self.missing(entry, seen).find(|word| !word.safe)?;
        let giver = missing.giver? as usize;
        Some(Wanting { value: missing.text.to_string(), giver })
    }

    /// Whether all that an exchange uses was given.
    pub(super) fn is_ripe(&self, entry: usize, seen: &Seen) -> bool {
        self.missing(entry, seen).next().is_none()
    }

    fn missing<'a>(&'a self, entry: usize, seen: &'a Seen) -> impl Iterator<Item = &'a Word> {
        let used = self.uses.get(&number(entry)).filter(|_| !seen.all);
        let used = used.into_iter().flat_map(|words| words.iter().copied());
        used.filter(|word| !seen.has(*word)).filter_map(|word| self.words.get(word as usize))
    }

    /// Takes note that an exchange was served.
    pub(super) fn serve(&self, entry: usize, seen: &mut Seen) {
        match self.gives.get(&number(entry)) {
            None => {}
            Some(Given::All) => seen.all = true,
            Some(Given::These(words)) => words.iter().for_each(|word| seen.add(*word)),
        }
    }
}

impl Seen {
    fn has(&self, word: u32) -> bool {
        let bits = self.words.get(word as usize / 64).copied().unwrap_or_default();
        bits >> (word % 64) & 1 == 1
    }

    fn add(&mut self, word: u32) {
        let place = word as usize / 64;
        if place >= self.words.len() {
            self.words.resize(place + 1, 0);
        }
        self.words[place] |= 1 << (word % 64);
    }
}

fn number(entry: usize) -> u32 {
    u32::try_from(entry).unwrap_or(u32::MAX)
}

/// Finds the causes of recordings, in three rounds: what requests use ([`Finding::request`]), where else
/// that stands ([`Finding::glean`]), and who gave it first ([`Finding::answer`], in order). Recordings do not share values: what one was given
/// tells nothing of another.
#[derive(Debug, Default)]
pub(super) struct Finding {
    causes: Causes,
    recordings: Vec<Recording>,
    given: usize,
}

/// What of the words that requests use stands in one exchange.
#[derive(Debug, Default)]
pub(super) struct Gleaned {
    /// What the client brought.
    own: Box<[u32]>,
    /// What the answer holds; `None` where that can't be told.
    given: Option<Box<[u32]>>,
}

/// The words that the requests of one recording use.
#[derive(Debug, Default)]
struct Recording {
    first: usize,
    ids: HashMap<Box<[u8]>, u32>,
    /// A bit for the hash of each word.
    filter: Vec<u64>,
}

impl Finding {
    /// A recording begins with this exchange.
    pub(super) fn begin(&mut self, entry: usize) {
        self.recordings.push(Recording { first: entry, ..Recording::default() });
    }

    /// First round: takes note of what a request uses in what is compared.
    pub(super) fn request(&mut self, entry: usize, request: &Canonical) {
        let mut used = Vec::new();
        let Some(recording) = self.recordings.last_mut() else { return };
        let words = &mut self.causes.words;
        for_each_text(request, |text| {
            for word in Words::of(text).filter(|word| looks_generated(word)) {
                let known = recording.ids.get(word).copied();
                if known.is_none() && words.len() >= MOST_WORDS {
                    continue;
                }
                let id = known.unwrap_or_else(|| {
                    let text = String::from_utf8_lossy(word).into();
                    words.push(Word { text, giver: None, safe: true, seen: false });
                    let id = number(words.len() - 1);
                    recording.ids.insert(word.into(), id);
                    id
                });
                if !used.contains(&id) && used.len() < MOST_OF_ONE {
                    used.push(id);
                }
            }
        });
        if !used.is_empty() {
            self.causes.uses.insert(number(entry), used.into());
        }
    }

    /// Whether there is need of the second round.
    pub(super) fn is_open(&self) -> bool {
        !self.causes.uses.is_empty()
    }

    /// Ends the first round: all words are known.
    pub(super) fn close(&mut self) {
        self.recordings.iter_mut().for_each(Recording::close);
    }

    /// Second round, in whatever order: the words of an exchange, with what else the client brought and
    /// the texts of its answer; `None` where they can't be told.
    pub(super) fn glean<'a>(
        &self,
        entry: usize,
        request: Option<&'a Request>,
        brought: impl Iterator<Item = &'a str>,
        answer: Option<&[&[u8]]>,
    ) -> Gleaned {
        let recording = self.recordings.iter().rfind(|known| known.first <= entry);
        let Some(recording) = recording.filter(|recording| !recording.ids.is_empty()) else {
            return Gleaned::default();
        };
        let own = request.into_iter().flat_map(|request| {
            let values = request.headers.iter().map(|header| header.value.as_slice());
            values.chain([request.target.as_bytes()]).chain(request.body.bytes())
        });
        let own = recording.all(own.chain(brought.map(str::as_bytes)));
        Gleaned { own, given: answer.map(|answer| recording.all(answer.iter().copied())) }
    }

    /// Third round, in order: what an exchange gives that was not there before.
    pub(super) fn answer(&mut self, entry: usize, compared: &Canonical, gleaned: &Gleaned) {
        let Some(recording) = self.recordings.iter().rfind(|known| known.first <= entry) else {
            return;
        };
        if recording.ids.is_empty() {
            return;
        }
        let Causes { words, uses, gives } = &mut self.causes;
        // What the client brought is nobody's gift: neither here nor later.
        gleaned.own.iter().for_each(|id| words[*id as usize].seen = true);
        if let Some(used) = uses.remove(&number(entry)) {
            used.iter().for_each(|id| words[*id as usize].seen = true);
            let given = |id: &u32| words[*id as usize].giver.is_some();
            let used: Vec<u32> = used.iter().copied().filter(given).collect();
            if !used.is_empty() {
                uses.insert(number(entry), used.into());
            }
        }
        let Some(answer) = gleaned.given.as_ref().filter(|_| self.given < MOST_GIVEN) else {
            gives.insert(number(entry), Given::All);
            return;
        };
        let (mut found, safe) = (Vec::new(), is_safe(compared));
        for id in answer {
            let word = &mut words[*id as usize];
            if !word.seen {
                (word.seen, word.giver, word.safe) = (true, Some(number(entry)), safe);
            }
            if word.giver.is_some() {
                found.push(*id);
            }
        }
        self.given += found.len();
        match found.len() {
            0 => {}
            1..=MOST_OF_ONE => drop(gives.insert(number(entry), Given::These(found.into()))),
            _ => drop(gives.insert(number(entry), Given::All)),
        }
    }

    /// What was found.
    pub(super) fn finish(mut self) -> Causes {
        let given = |id: &u32| self.causes.words[*id as usize].giver.is_some();
        self.causes.uses.retain(|_, used| used.iter().any(given));
        if self.causes.uses.is_empty() { Causes::default() } else { self.causes }
    }
}

impl Recording {
    /// Builds the filter, once all words are known.
    fn close(&mut self) {
        if !self.filter.is_empty() {
            return;
        }
        self.filter = vec![0; (self.ids.len() / 4).next_power_of_two().max(64)];
        let hashes: Vec<u64> = self.ids.keys().map(|word| hashed(word)).collect();
        for hash in hashes {
            let (place, bit) = self.place(hash);
            self.filter[place] |= bit;
        }
    }

    fn place(&self, hash: u64) -> (usize, u64) {
        let place = usize::try_from(hash >> 32).unwrap_or_default() & (self.filter.len() - 1);
        (place, 1 << (hash & 63))
    }

    /// The words of texts that requests use, each once.
    fn all<'a>(&self, texts: impl Iterator<Item = &'a [u8]>) -> Box<[u32]> {
        let mut found = Vec::new();
        texts.for_each(|text| self.each(text, |id| found.push(id)));
        found.sort_unstable();
        found.dedup();
        found.into()
    }

    /// Calls `found` with each word of a text that requests use.
    fn each(&self, text: &[u8], mut found: impl FnMut(u32)) {
        for word in Words::of(text).filter(|word| word.len() >= 8) {
            let (place, bit) = self.place(hashed(word));
            if self.filter[place] & bit != 0
                && let Some(id) = self.ids.get(word)
            {
                found(*id);
            }
        }
    }
}

/// A hash that is quick and need not be strong: what passes it is looked up.
fn hashed(word: &[u8]) -> u64 {
    const PRIME: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut hash = word.len() as u64;
    for piece in word.chunks(8) {
        let mut bytes = [0; 8];
        bytes[..piece.len()].copy_from_slice(piece);
        hash = (hash.rotate_left(5) ^ u64::from_le_bytes(bytes)).wrapping_mul(PRIME);
    }
    hash ^ (hash >> 29)
}

/// The texts of a request that are compared.
fn for_each_text(request: &Canonical, mut take: impl FnMut(&[u8])) {
    take(request.path.as_bytes());
    for (_, value) in request.query.iter().chain(&request.headers) {
        take(value.as_bytes());
    }
    match &request.body {
        CanonicalBody::Json(text) | CanonicalBody::Xml(text) | CanonicalBody::Bytes(text) => {
            take(text);
        }
        CanonicalBody::Form(pairs) => pairs.iter().for_each(|(_, value)| take(value.as_bytes())),
        CanonicalBody::Multipart(parts) => parts.iter().for_each(|part| take(&part.content)),
        CanonicalBody::Empty | CanonicalBody::Ignored | CanonicalBody::File(_) => {}
    }
}

/// The texts of an exchange's answer; `None` where they can't be told. `decoded` counts the bytes that
/// came out of compressed bodies.
pub(super) fn texts_of<'a>(
    exchange: &'a Exchange,
    decoded: &AtomicUsize,
) -> Option<Vec<Cow<'a, [u8]>>> {
    let mut texts = Vec::new();
    let Some(response) = &exchange.response else { return Some(texts) };
    for headers in [&response.headers, &response.trailers] {
        texts.extend(headers.iter().map(|header| Cow::Borrowed(header.value.as_slice())));
    }
    let coded = response.headers.contains("content-encoding");
    match &response.body {
        Body::File(_) => return None,
        Body::Empty => {}
        Body::Bytes(bytes) if !coded => texts.push(Cow::Borrowed(bytes.as_ref())),
        Body::Bytes(bytes)
            if bytes.len() > LONGEST_CODED || decoded.load(Ordering::Relaxed) > MOST_DECODED =>
        {
            return None;
        }
        Body::Bytes(_) => {
            let text = response.body.decoded(&response.headers).ok()??;
            decoded.fetch_add(text.len(), Ordering::Relaxed);
            texts.push(text);
        }
    }
    exchange.messages.is_empty().then_some(texts)
}

/// Words with which operations begin that change nothing.
const LOOKS: &[&str] =
    &["describe", "list", "get", "query", "search", "find", "show", "check", "count", "lookup"];

/// Whether a request only looks: by its method (RFC 9110, section 9.2.1), or by the name of its
/// operation where everything is a POST.
fn is_safe(request: &Canonical) -> bool {
    if matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS" | "TRACE") {
        return true;
    }
    if request.method != "POST" {
        return false;
    }
    let form = match &request.body {
        CanonicalBody::Form(pairs) => pairs.as_slice(),
        _ => &[],
    };
    let action = request.query.iter().chain(form).find(|(name, _)| name == "Action");
    // Headers that count are as a rule those that select an operation.
    let selecting = |(name, _): &&(String, String)| SELECTING_HEADERS.contains(&name.as_str());
    let named = action.or_else(|| request.headers.iter().find(selecting));
    let operation = named.map_or(request.path.as_str(), |(_, value)| value.as_str());
    let last = operation.trim_matches('"').rsplit(['/', ':', '.', '#']).next().unwrap_or_default();
    let last = last.to_ascii_lowercase();
    if last == "graphql" {
        let CanonicalBody::Json(body) = &request.body else { return false };
        return !body.windows(8).any(|word| word == b"mutation");
    }
    LOOKS.iter().any(|word| last.starts_with(word))
}
