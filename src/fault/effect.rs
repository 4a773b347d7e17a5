use super::FaultError;
use crate::exchange::MediaType;
use crate::net::Cut;
use std::num::NonZeroU64;
use std::str::FromStr;
use std::time::Duration;

/// Longest delay that can be asked for.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// What a fault does to the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Another answer comes instead, with this status, 200 to 599.
    Status(u16),
    /// The answer breaks off: [`Cut::Reset`] before its first byte.
    Cut(Cut),
    /// The answer comes so much later.
    Delay(Duration),
    /// The body comes with so many bytes in a second.
    Slow(NonZeroU64),
    /// The answer says that its body is of this media type.
    Type(String),
}

impl FromStr for Effect {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let bad = |what| FaultError::Effect { effect: text.to_owned(), what };
        let number = |text: &str| -> Option<u64> {
            text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
        };
        let (word, value) = match text.split_once(':') {
            Some((word, value)) => (word.trim(), Some(value.trim())),
            None => (text, None),
        };
        match (word, value) {
            ("reset", None) => Ok(Self::Cut(Cut::Reset)),
            ("cut", Some(value)) => {
                let cut = match value.strip_suffix('B') {
                    Some(bytes) => number(bytes).map(Cut::Bytes),
                    None => number(value).map(Cut::Pieces),
                };
                cut.map(Self::Cut).ok_or(bad(
                    "`cut:` takes a number of chunks (`cut:2`) or of bytes (`cut:100B`)",
                ))
            }
            ("delay", Some(value)) => number(value)
                .map(Duration::from_millis)
                .filter(|delay| *delay <= LONGEST)
                .map(Self::Delay)
                .ok_or(bad("`delay:` takes milliseconds, at most a day")),
            ("slow", Some(value)) => number(value)
                .and_then(NonZeroU64::new)
                .map(Self::Slow)
                .ok_or(bad("`slow:` takes bytes per second, at least 1")),
            ("type", Some(value)) => MediaType::parse(value)
                .filter(|media_type| !media_type.is_range() && value.is_ascii())
                .map(|_| Self::Type(value.to_owned()))
                .ok_or(bad("`type:` takes a media type (`type:text/html`)")),
            (_, None) if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() => {
                let status = text.parse().ok().filter(|status| (200..600).contains(status));
                status.map(Self::Status).ok_or(bad("a status is 200 to 599"))
            }
            _ => Err(bad(
                "not one of a status, `reset`, `cut:CHUNK`, `delay:MS`, `slow:BYTES_PER_SECOND`, `type:MEDIA`",
            )),
        }
    }
}
