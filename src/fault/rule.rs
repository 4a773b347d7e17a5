use super::effect::Effect;
use super::wanted::Wanted;
use crate::exchange::Request;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// One rule: `METHOD PATH-GLOB[#N] = EFFECT`, with `#N-M` for some requests in a row and `#N+` for
/// all from one on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    text: String,
    wanted: Wanted,
    /// Which of the session's requests that fit, from 1.
    turns: RangeInclusive<u64>,
    effect: Effect,
}

/// What is wrong with the text of a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// No effect.
    #[error("no `=` with what happens after it")]
    NoEffect,
    /// No method and path.
    #[error("`{0}` is no method and path, such as `POST /v1/*/images`")]
    NoPath(String),
    /// Not the name of a method.
    #[error("method `{0}`: not in capital letters, nor `*`")]
    Method(String),
    /// Not a pattern of paths.
    #[error("path `{0}`: neither begins with `/` or a scheme, nor is `*`")]
    Path(String),
    /// No number of a request.
    #[error("`#{0}`: not the number of a request, from 1 (`#3`, `#2-4`, `#2+`)")]
    Turn(String),
    /// Not an effect.
    #[error("`{effect}`: {what}")]
    Effect {
        /// As it was written.
        effect: String,
        /// What is wrong.
        what: &'static str,
    },
}

impl FaultError {
    /// How rules are written.
    pub const HINT: &str = "write `METHOD PATH-GLOB[#N] = 503|reset|cut:CHUNK|delay:MS|slow:BYTES_PER_SECOND`, such \
         as `POST /v1/*/images#2 = 503`";
}

impl Fault {
    /// Whether a request counts for it.
    pub(super) fn wants(&self, request: &Request) -> bool {
        self.wanted.fits(request)
    }

    /// Whether it strikes the request of this number among those that count.
    pub(super) fn strikes(&self, turn: u64) -> bool {
        self.turns.contains(&turn)
    }

    /// What it does.
    pub const fn effect(&self) -> Effect {
        self.effect
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let text = text.trim();
        let (request, effect) = text.rsplit_once('=').ok_or(FaultError::NoEffect)?;
        let (request, effect) = (request.trim(), effect.trim());
        if effect.is_empty() {
            return Err(FaultError::NoEffect);
        }
        let Some((method, path)) = request.split_once(char::is_whitespace) else {
            return Err(FaultError::NoPath(request.to_owned()));
        };
        let is_method = method == "*" || method.bytes().all(|byte| byte.is_ascii_uppercase());
        if !is_method {
            return Err(FaultError::Method(method.to_owned()));
        }
        let (path, turns) = match path.trim().rsplit_once('#') {
            Some((path, turns)) => (path.trim_end(), turn(turns.trim())?),
            None => (path.trim(), 1..=u64::MAX),
        };
        let begins = ["/", "*", "http://", "https://"].iter().any(|start| path.starts_with(start));
        if !begins {
            return Err(FaultError::Path(path.to_owned()));
        }
        let method = (method != "*").then(|| method.to_owned());
        let wanted = Wanted { method, pattern: path.to_owned() };
        Ok(Self { text: text.to_owned(), wanted, turns, effect: effect.parse()? })
    }
}

fn turn(text: &str) -> Result<RangeInclusive<u64>, FaultError> {
    let bad = || FaultError::Turn(text.to_owned());
    let number = |text: &str| {
        let number = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?;
        number.filter(|number: &u64| *number > 0)
    };
    if let Some(from) = text.strip_suffix('+') {
        return Ok(number(from).ok_or_else(bad)?..=u64::MAX);
    }
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    match (number(from), number(to)) {
        (Some(from), Some(to)) if from <= to => Ok(from..=to),
        _ => Err(bad()),
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Cut;
    use std::num::NonZeroU64;
    use std::time::Duration;

    #[test]
    fn rules_as_they_are_written() {
        let all = 1..=u64::MAX;
        let cases = [
            ("POST /v1/*/image-servers#3 = 503", "POST", 3..=3, Effect::Status(503)),
            ("* /a=reset", "*", all.clone(), Effect::Cut(Cut::Reset)),
            ("GET /a # 2-4 = cut:2", "GET", 2..=4, Effect::Cut(Cut::Pieces(2))),
            ("GET /a?x=1#2+ = cut: 100B", "GET", 2..=u64::MAX, Effect::Cut(Cut::Bytes(100))),
            ("GET *= delay:250", "GET", all.clone(), Effect::Delay(Duration::from_millis(250))),
            (
                "  GET https://h/*  =  slow:1000",
                "GET",
                all,
                Effect::Slow(NonZeroU64::new(1000).unwrap()),
            ),
        ];
        for (text, method, turns, effect) in cases {
            let fault: Fault = text.parse().unwrap();
            assert_eq!(fault.wanted.method.as_deref().unwrap_or("*"), method, "{text}");
            assert_eq!((fault.turns.clone(), fault.effect), (turns, effect), "{text}");
            assert_eq!(fault.to_string(), text.trim());
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let cases = [
            ("GET /a", "no `=`"),
            ("GET /a =", "no `=`"),
            ("/a = 503", "`/a` is no method and path"),
            ("get /a = 503", "method `get`"),
            ("GET a = 503", "path `a`"),
            ("GET /a#0 = 503", "`#0`"),
            ("GET /a#x = 503", "`#x`"),
            ("GET /a#4-2 = 503", "`#4-2`"),
            ("GET /a#+2 = 503", "`#+2`"),
            ("GET /a = 100", "`100`: a status"),
            ("GET /a = 99999999", "`99999999`: a status"),
            ("GET /a = rst", "`rst`: not one of"),
            ("GET /a = cut", "`cut`: not one of"),
            ("GET /a = cut:x", "`cut:x`: `cut:` takes"),
            ("GET /a = cut:-1", "`cut:-1`"),
            ("GET /a = delay:1s", "`delay:1s`"),
            ("GET /a = delay:", "`delay:`: "),
            ("GET /a = delay:99999999999999", "`delay:99999999999999`"),
            ("GET /a = slow:0", "`slow:0`"),
        ];
        for (text, expected) in cases {
            let error = text.parse::<Fault>().unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
