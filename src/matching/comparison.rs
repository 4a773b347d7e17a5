//! What is collected while two requests are compared: where they differ, and what was sent where a
//! secret is recorded. That is never told.

use super::field::{Field, Mismatch};
use super::holes;
use crate::diff::DIFFERENCE_LIMIT;

/// Shortest value that is taken for a secret.
const SECRET: usize = 4;

/// Most values that are kept.
const KEPT: usize = 64;

/// What stands for a value that is not told.
const HIDDEN: &str = "(not shown: a secret is recorded here)";

/// The result of comparing a recorded request with one that was asked.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    mismatches: Vec<Mismatch>,
    /// Values that were sent in place of a placeholder.
    secrets: Vec<String>,
}

impl Comparison {
    /// Whether enough was found.
    pub(super) fn is_full(&self) -> bool {
        self.mismatches.len() >= DIFFERENCE_LIMIT
    }

    /// Whether a value is the recorded one but for what fills its placeholders, without any of `stops`.
    pub(super) fn fits(&mut self, recorded: &[u8], sent: &[u8], stops: &[u8]) -> bool {
        if recorded == sent {
            return true;
        }
        let fits = holes::filled(recorded, sent, stops);
        if fits {
            for value in holes::fillings(recorded, sent) {
                self.secret(&String::from_utf8_lossy(value));
            }
        }
        fits
    }

    /// Adds a field that differs.
    pub(super) fn differs(&mut self, field: Field, recorded: Option<&str>, sent: Option<&str>) {
        if self.is_full() {
            return;
        }
        let holes = |text: &str| text.matches(holes::HOLE).count();
        let secrets = recorded.map_or(0, holes);
        let Some(sent) = sent.filter(|sent| holes(sent) < secrets) else {
            self.mismatches.push(Mismatch::new(field, recorded, sent));
            return;
        };
        self.secret(sent.trim_matches('"'));
        self.mismatches.push(Mismatch::new(field, recorded, Some(HIDDEN)));
    }

    /// The same for a path: its pieces are told, but for those in the place of a placeholder.
    pub(super) fn path_differs(&mut self, recorded: &str, sent: &str) {
        let mut ours = recorded.split('/');
        let mut told = Vec::new();
        for piece in sent.split('/') {
            let secret = ours.next().is_some_and(|ours| ours.contains(holes::HOLE));
            if secret && !piece.is_empty() && !piece.contains(holes::HOLE) {
                self.secret(piece);
                told.push(holes::HOLE);
            } else {
                told.push(piece);
            }
        }
        self.mismatches.push(Mismatch::new(Field::Path, Some(recorded), Some(&told.join("/"))));
    }

    /// Adds fields that were compared line by line or byte by byte.
    pub(super) fn extend(&mut self, mismatches: impl IntoIterator<Item = Mismatch>) {
        for Mismatch { field, recorded, sent } in mismatches {
            self.differs(field, recorded.as_deref(), sent.as_deref());
        }
    }

    /// How many fields differ by now.
    pub(super) const fn len(&self) -> usize {
        self.mismatches.len()
    }

    /// Names the fields that came after so many anew.
    pub(super) fn after(&mut self, known: usize, named: impl Fn(Field) -> Field) {
        for mismatch in self.mismatches.iter_mut().skip(known) {
            mismatch.field = named(std::mem::replace(&mut mismatch.field, Field::Body));
        }
    }

    /// Drops fields that follow from others, of those that came after so many; not if there are no others.
    pub(super) fn without_echoes(&mut self, known: usize, is_echo: impl Fn(&Field) -> bool) {
        if self.mismatches.iter().skip(known).all(|one| is_echo(&one.field)) {
            return;
        }
        let mut place = 0;
        self.mismatches.retain(|one| {
            place += 1;
            place <= known || !is_echo(&one.field)
        });
    }

    /// Tells a field that explains why bodies differ as a whole, if that came after so many.
    pub(super) fn explain(&mut self, known: usize, field: Field, recorded: &str, sent: &str) {
        let came = self.mismatches.get(known).is_some_and(|one| one.field == Field::Body);
        if came {
            let why = Mismatch::new(field, Some(recorded), Some(sent));
            self.mismatches.insert(known, why);
        }
    }

    /// Whether nothing differs.
    pub(super) const fn is_empty(&self) -> bool {
        self.mismatches.is_empty()
    }

    pub(super) fn into_parts(self) -> (Vec<Mismatch>, Vec<String>) {
        (self.mismatches, self.secrets)
    }

    fn secret(&mut self, value: &str) {
        let new = value.len() >= SECRET && !self.secrets.iter().any(|known| known == value);
        if new && self.secrets.len() < KEPT {
            self.secrets.push(value.to_owned());
        }
    }
}
