use super::Redactor;
use super::finding::Sort;
use super::stream::{REACH, RedactingStream};
use crate::exchange::Redaction;

/// What is held back, so that a value which goes on in the next piece is seen whole, in bytes.
pub const HELD_BACK: usize = REACH;

/// Replaces secrets in a body that is too large to be held and was written before: pieces go in, replaced
/// pieces come out later.
#[derive(Debug)]
pub struct Sliding<'a>(RedactingStream<&'a Redactor>);

impl<'a> Sliding<'a> {
    /// For a body of this sort, in an exchange with this target.
    pub fn new(redactor: &'a Redactor, sort: Sort<'static>, target: &str) -> Self {
        Self(RedactingStream::new(redactor, Some(sort), target))
    }

    /// For a body that passed the rules before: only values that are known by now are replaced.
    pub fn for_known(redactor: &'a Redactor) -> Self {
        Self(RedactingStream::new(redactor, None, ""))
    }

    /// Takes a piece; what can be let go of is added to `out`.
    pub fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        // Memory takes everything.
        let _ = self.0.push(piece, &mut |judged| {
            out.extend_from_slice(judged);
            Ok(())
        });
    }

    /// The body has ended: the rest is added to `out`. Answers which secrets were replaced, by which
    /// rules, to be noted as standing at `at`.
    pub fn finish(mut self, at: &str, out: &mut Vec<u8>) -> Vec<Redaction> {
        let _ = self.0.end(&mut |judged| {
            out.extend_from_slice(judged);
            Ok(())
        });
        let note = |(secret, rule): &(u32, std::borrow::Cow<'static, str>)| Redaction {
            secret: *secret,
            rule: rule.to_string(),
            at: at.to_owned(),
        };
        self.0.notes().iter().map(note).collect()
    }
}
