//! What became of an imported document. [`seal`] notes in it what each of its parts was when it was made;
//! [`Standing::read`] tells by that what was changed by hand since, and [`corrections`] writes such changes as
//! actions of an overlay, so that they outlive the next import. [`turned`] writes the choice of a rule as written
//! over what an example showed in the same form.

mod choice;
mod edits;
mod parts;

pub use choice::{Choice, ChoiceError, note_turned, turned};
pub use edits::{Corrections, Standing, corrections};
pub use parts::{seal, unsealed};
