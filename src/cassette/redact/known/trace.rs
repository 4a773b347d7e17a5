//! What stands in the exchanges written so far, as a filter of fixed size: it answers "surely not" or
//! "perhaps" at once, however much was written.

use super::search::{PIECE, hashed, piece_at};
use crate::cassette::redact::spelling::encodings::{forms, rare_forms};
use crate::cassette::redact::spelling::{escapes, lines};
use crate::cassette::redact::texts;
use crate::cassette::redact::{names, spread};
use crate::exchange::Exchange;
use std::fmt;

/// Bits of the filter: 8 MiB. Ten thousand exchanges of 2 KiB fill a quarter of them, so that a token
/// of 20 bytes is taken for one that stands there once in ten million times.
const BITS: usize = 1 << 26;
/// Bytes of a large text that are taken at once; as many as a piece less one are taken twice.
const SECTION: usize = 1024 * 1024;

/// A trace of texts: a bit for each eight bytes that follow one another in them.
pub struct Trace(Vec<u64>);

impl Trace {
    pub fn new() -> Self {
        Self(vec![0; BITS / 64])
    }

    /// Takes in every text of an exchange, body files aside.
    pub fn note_exchange(&mut self, exchange: &Exchange) {
        for part in texts(exchange) {
            self.note(part.text());
            part.joined().for_each(|joined| self.note(joined));
        }
        spread::any_in_messages(exchange, |joined| {
            self.note(joined);
            false
        });
        self.note(&names::of(exchange));
    }

    /// Takes in a text as it is and in each of its layers without escapes.
    pub fn note(&mut self, text: &[u8]) {
        let mut from = 0;
        while from < text.len() {
            let section = &text[from..text.len().min(from + SECTION + PIECE - 1)];
            self.pieces(section);
            from += SECTION;
        }
        lines::for_each_joined(text, |joined, _| self.pieces(joined));
        escapes::for_each_layer(text, |plain, _| {
            self.pieces(plain);
            lines::for_each_joined(plain, |joined, _| self.pieces(joined));
        });
    }

    fn pieces(&mut self, text: &[u8]) {
        for window in text.windows(PIECE) {
            let (word, bit) = place(piece_at(window, 0));
            self.0[word] |= 1 << bit;
        }
    }

    /// Whether a value may stand in what was taken in, in any spelling. If not, it surely does not.
    pub fn may_hold(&self, value: &[u8]) -> bool {
        let forms = forms(value).into_iter().chain(rare_forms(value));
        forms.map(|(_, form)| form).any(|form| {
            form.windows(PIECE).all(|window| {
                let (word, bit) = place(piece_at(window, 0));
                self.0[word] >> bit & 1 == 1
            })
        })
    }
}

fn place(piece: u64) -> (usize, u32) {
    let bit = usize::try_from(hashed(piece) >> 8).unwrap_or_default() & (BITS - 1);
    (bit / 64, u32::try_from(bit % 64).unwrap_or_default())
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trace")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_noted_may_stand_there_and_else_hardly_anything() {
        let mut trace = Trace::new();
        for index in 0..300 {
            trace.note(format!("{{\"id\":{index},\"text\":\"tok%2Fen-{index:08x}\"}}").as_bytes());
        }
        for index in 0..300 {
            assert!(trace.may_hold(format!("tok/en-{index:08x}").as_bytes()), "{index}");
        }
        let taken = (2000..4000).filter(|n| trace.may_hold(format!("t%-{n:016x}").as_bytes()));
        assert_eq!(taken.count(), 0);
    }
}
