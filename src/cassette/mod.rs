//! The recording as a document: model, codec, store, redaction.
//!
//! A cassette is a stream of indented JSON objects: a header, one record per exchange, a footer on
//! a clean close (`docs/cassette-format.md`). Bodies come back byte for byte; only what passed the
//! [`Redactor`] can be written; a torn tail costs at most the exchange that was being written.

mod anywhere;
mod body;
mod decode;
mod encode;
pub mod export;
mod fetch;
mod glance;
pub mod import;
mod index;
mod layout;
mod losses;
mod messages;
mod model;
mod parts;
mod reader;
mod records;
pub mod redact;
mod renumber;
mod resend;
mod salvage;
mod session;
mod spool;
mod store;
mod usual;
mod visit;

pub use body::{
    BODY_FOLDER_SUFFIX, BodyError, find_body, load_bodies, open_body, open_request_body,
    verify_body,
};
pub use decode::RecordError;
pub use fetch::{Records, Stretch};
pub use index::{Contents, Glimpse, Indexed, Outline};
pub(crate) use layout::{Style, lay_out};
pub use losses::{Loss, Losses};
pub use model::{Cassette, CassetteHeader, FORMAT_VERSION, Rules, SpecNote, TornTail};
pub use reader::{CassetteError, Reader, read};
pub use redact::{Redacted, Redactor};
pub use renumber::{highest_secret, raised};
pub use resend::{Methods, Unsendable, is_safe, resend};
pub use session::{SessionName, SessionNameError};
pub use spool::{IN_MEMORY, Spool, Spooled};
pub use store::{
    Appended, Cut, Left, Mode, OpenRecord, Recovery, Redaction as FileRedaction, Side, StoreError,
    Writer, audit, recover, redact as redact_file,
};
pub use visit::{Visited, visit};
