//! What of a request does not count when it is compared, and yet says which of several equal exchanges is
//! meant: whether somebody signed in, which part of a file is asked for, in which form, and if it changed.

use crate::exchange::{Headers, MediaType};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Headers by which the answers to equal requests differ. Of the first it counts that it is there.
const TELLING: [&str; 7] = [
    "authorization",
    "range",
    "if-none-match",
    "if-match",
    "if-modified-since",
    "accept",
    "accept-language",
];

/// What does not count when requests are compared: any is equal to any.
#[derive(Debug, Clone, Default)]
pub struct Beside {
    /// Media type of a body, which is told.
    pub(super) media: Option<Box<str>>,
    /// For each telling header 0 where it is not there, else a number of its value.
    marks: [u16; TELLING.len()],
}

impl PartialEq for Beside {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Beside {}

impl Beside {
    pub(super) fn of(headers: &Headers, has_body: bool) -> Self {
        let media = headers.text("content-type").filter(|_| has_body).and_then(MediaType::parse);
        let mut marks = [0; TELLING.len()];
        for header in headers {
            let name = header.name.as_str();
            // No name of these is shorter or longer.
            if !(5..=17).contains(&name.len()) {
                continue;
            }
            let place = TELLING.iter().position(|telling| telling.eq_ignore_ascii_case(name));
            if let Some(place) = place {
                marks[place] = if place == 0 { 1 } else { mark(&header.value) };
            }
        }
        Self { media: media.map(|media| media.to_string().into()), marks }
    }

    /// How unlike two are: a header that only one has says more than one with another value.
    pub(super) fn unlike(&self, other: &Self) -> u8 {
        let apart = |(ours, theirs): (&u16, &u16)| match (ours, theirs) {
            (ours, theirs) if ours == theirs => 0,
            (0, _) | (_, 0) => 2,
            _ => 1,
        };
        self.marks.iter().zip(&other.marks).map(apart).sum()
    }
}

fn mark(value: &[u8]) -> u16 {
    let mut hasher = DefaultHasher::new();
    value.trim_ascii().hash(&mut hasher);
    u16::try_from(hasher.finish() >> 48).unwrap_or_default().max(1)
}
