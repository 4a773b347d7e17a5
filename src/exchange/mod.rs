//! What went over the wire: one request with its response, or with the failure that came instead.
//!
//! Pure values without IO. Everything here keeps what was seen: header order, case and repeats, the
//! reason phrase, body bytes as they were after transfer decoding and before content decoding.
//! The main type is [`Exchange`].

mod acceptance;
mod body;
mod coding;
mod decimal;
mod digest;
mod glob;
mod headers;
mod interim;
mod json;
mod media;
mod message;
pub mod multipart;
mod number;
mod pointer;
mod reason;
mod scan;
mod sequence;
mod socket;
mod source;
mod target;
mod timing;
mod unpack;
mod wire;

pub use body::{Body, BodyFile};
pub use coding::{CodingError, ContentCoding, DECODED_LIMIT};
pub use decimal::Decimal;
pub use digest::Digest;
pub use glob::{fits_glob, fits_glob_in_any_case};
pub use headers::{Header, Headers};
pub use interim::Interim;
pub use json::{Doubt, JsonText, JsonTextError, end_of_string, is_of_json_type, json_type};
pub use media::{Closeness, MediaType, Sequence, media_closeness};
pub use message::{Exchange, Redaction, Request, Response, TransportError, TransportErrorKind};
pub use number::{ExchangeNumber, Version};
pub use pointer::{pointer_name, pointer_token};
pub use reason::{ReasonPhrase, reason_phrase};
pub use scan::{JsonScan, ScannedText};
pub use socket::{SocketKind, SocketMessage, SocketPayload, SocketPeer};
pub use source::{ERROR_HEADER, SOURCE_HEADER, Source};
pub use target::{Authority, Target, decoded_text, percent_decoded, percent_encoded, query_pairs};
pub use timing::{ChunkTime, Timing};
pub use unpack::Unpacker;
pub use wire::{chunked_encoding, request_head, response_has_body, response_head};
