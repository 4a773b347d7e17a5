//! Serves specs: any documented code on demand, and what the document says for everything else.
//!
//! Answering is pure ([`Mock::answer`]): route, then the code that was asked for ([`prefer`]), else
//! the request is held to the document ([`request`], [`credentials`]) and answered with the success
//! or the refusal that it documents ([`answer`], [`body`]), held to what was made before where it is told to
//! remember it ([`state`]). Every answer says that it is a mock's.
//! [`serve`] is the rim where it meets the network.

mod answer;
mod body;
mod credentials;
mod header;
mod prefer;
mod refusal;
mod request;
mod serve;
mod state;
#[cfg(test)]
mod tests;

pub use answer::{Mock, Strangers};
pub use serve::serve;
