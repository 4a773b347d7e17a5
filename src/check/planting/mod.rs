//! Proves the judge: plants mistakes in exchanges that keep their promises, and sees whether it finds them.
//!
//! A [`Trial`] takes recorded exchanges and makes others, so that every promise has one; each mistake breaks
//! one promise by its making. What the judge does not find, and what it finds where nothing is wrong, is in
//! the [`TrialResult`].

mod answer;
mod asking;
mod envelope;
mod form;
mod harmless;
mod lie;
mod mistake;
mod plant;
mod question;
mod surely;
mod taken;
mod trial;
mod value;

pub use asking::{Slip, Slips, documented_request};
pub use form::{form_body, is_of_fields};
pub use mistake::Mistake;
pub use question::{with_query_text, with_segment, without_query};
pub use trial::{
    Catch, FalseFinding, LeftOut, Missed, Planted, PromiseName, Specimen, Trial, TrialResult,
};
pub use value::as_written;
