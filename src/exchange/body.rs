use super::{CodingError, ContentCoding, Headers};
use bytes::Bytes;
use std::borrow::Cow;

/// A message body after transfer decoding (chunks joined) and before content decoding: the bytes
/// that `Content-Length` would count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Body {
    /// No body, or one of length zero.
    #[default]
    Empty,
    /// The bytes, in memory.
    Bytes(Bytes),
    /// The bytes lie in a file of their own beside the cassette.
    File(BodyFile),
}

/// A body kept in `NAME.cassette.bodies/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyFile {
    /// File name below the cassette's own body folder, never a path.
    pub name: String,
    /// Length in bytes.
    pub length: u64,
}

impl Body {
    /// A body of these bytes; [`Body::Empty`] when there are none.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        if bytes.is_empty() { Self::Empty } else { Self::Bytes(bytes) }
    }

    /// Length in bytes.
    pub fn len(&self) -> u64 {
        match self {
            Self::Empty => 0,
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(file) => file.length,
        }
    }

    /// Whether the body has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes, where they are in memory; `None` for a body file.
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Empty => Some(&[]),
            Self::Bytes(bytes) => Some(bytes),
            Self::File(_) => None,
        }
    }

    /// The bytes without the content coding that `headers` name (RFC 9110, section 8.4), bounded by
    /// [`super::DECODED_LIMIT`]. `Ok(None)` for a body file.
    pub fn decoded(&self, headers: &Headers) -> Result<Option<Cow<'_, [u8]>>, CodingError> {
        let Some(bytes) = self.bytes() else { return Ok(None) };
        match ContentCoding::of(headers)? {
            Some(coding) if !bytes.is_empty() => Ok(Some(Cow::Owned(coding.decode(bytes)?))),
            _ => Ok(Some(Cow::Borrowed(bytes))),
        }
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        Self::from_bytes(text.as_bytes().to_vec())
    }
}
