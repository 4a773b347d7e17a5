use super::Redactor;
use super::finds::{self, Find, Sort};
use super::known::Shape;
use super::ruleset::Scope;
use crate::exchange::Redaction;

/// What is held back, so that a value which goes on in the next piece is seen whole, in bytes. Values
/// with longer spellings are seen where they lie within one piece.
pub const HELD_BACK: usize = 64 * 1024;

/// Replaces secrets in a body that is too large to be held: pieces go in, replaced pieces come out
/// some 64 KiB later.
#[derive(Debug)]
pub struct Sliding<'a> {
    redactor: &'a Redactor,
    /// The rules that look at it, too; without, only known values are looked for.
    look: Option<(Sort<'a>, Scope<'a>)>,
    held: Vec<u8>,
    notes: Vec<(u32, String)>,
}

impl<'a> Sliding<'a> {
    /// For a body of this sort, in an exchange of this scope.
    pub fn new(redactor: &'a Redactor, sort: Sort<'a>, scope: Scope<'a>) -> Self {
        Self { redactor, look: Some((sort, scope)), held: Vec::new(), notes: Vec::new() }
    }

    /// For a body that passed the rules before: only values that are known by now are replaced.
    pub fn for_known(redactor: &'a Redactor) -> Self {
        Self { redactor, look: None, held: Vec::new(), notes: Vec::new() }
    }

    /// Takes a piece; what can be let go of is added to `out`.
    pub fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        self.held.extend_from_slice(piece);
        // Not at every piece: what is held is looked at anew each time.
        if self.held.len() >= 4 * HELD_BACK {
            self.let_go(self.held.len() - HELD_BACK, out);
        }
    }

    /// The body has ended: the rest is added to `out`. Answers which secrets were replaced, by which
    /// rules, to be noted as standing at `at`.
    pub fn finish(mut self, at: &str, out: &mut Vec<u8>) -> Vec<Redaction> {
        self.let_go(self.held.len(), out);
        let note = |(secret, rule)| Redaction { secret, rule, at: at.to_owned() };
        self.notes.into_iter().map(note).collect()
    }

    /// Whether anything was replaced so far.
    pub fn has_replaced(&self) -> bool {
        !self.notes.is_empty()
    }

    fn let_go(&mut self, mut end: usize, out: &mut Vec<u8>) {
        let finds = match self.look {
            Some((sort, scope)) => finds::find(&self.held, sort, &self.redactor.rules, scope),
            None => Vec::new(),
        };
        self.redactor.learn(&finds.iter().collect::<Vec<_>>());
        let known = self.redactor.known();
        // Nothing is cut in two: the end moves before whatever lies across it.
        if end < self.held.len() {
            let ranges = finds.iter().map(|find| find.range.clone());
            let mut ranges: Vec<_> = ranges.chain(known.ranges(&self.held)).collect();
            ranges.sort_by_key(|range| std::cmp::Reverse(range.start));
            for range in ranges {
                if range.start < end && range.end > end && range.start > 0 {
                    end = range.start;
                }
            }
        }
        let within: Vec<Find> = finds.into_iter().filter(|find| find.range.end <= end).collect();
        match known.replace(&self.held[..end], &within, Shape::Kept) {
            Some(replaced) => {
                out.extend_from_slice(&replaced.text);
                for (secret, rule) in replaced.notes {
                    let note = (secret, rule.into_owned());
                    if !self.notes.contains(&note) {
                        self.notes.push(note);
                    }
                }
            }
            None => out.extend_from_slice(&self.held[..end]),
        }
        self.held.drain(..end);
    }
}
