//! What the provider promises: an OpenAPI document (2.0, 3.0 or 3.1; JSON or YAML), normalised to
//! 3.1 once, read into operations and promises, with routing of requests and judging of values.
//!
//! The main type is [`Spec`]. Loading never executes, fetches or opens anything: bytes in, values
//! out. A part that cannot be read becomes a [`Problem`], and the rest is judged.

mod asserted;
mod compare;
mod error;
mod form;
mod gather;
mod generate;
mod layout;
mod literals;
mod load;
mod model;
mod normalise;
mod place;
mod promised;
mod read;
mod routing;
mod schema;
mod score;
mod sent;
#[cfg(test)]
mod tests;
mod text;
mod value;

pub use compare::{Change, Comparison, Impact, Spot, Use, compare};
pub use error::SpecError;
pub use gather::Files;
pub use generate::{Examples, GenerateError, GenerateErrorKind, Optional, Wish};
pub use model::{
    CodePattern, Confidence, Envelope, HeaderPromise, MediaPromise, Operation, OperationId,
    PageSource, Parameter, Place, Problem, Promise, RequestBody, SchemaRef, SecurityAlternative,
    SecurityScheme, Selector, Server, Spec, Style, UnknownFormat,
};
pub use promised::Promises;
pub use routing::{Route, Routed, foreign_host, nearer, route};
pub use schema::{Affordable, Direction, UnreadablePromise, Violation};
pub use score::{FactKind, Fault, Score, Tally, score};
pub use sent::{Sent, SentBody};
pub use text::{SIZE_LIMIT, value as read_value};
