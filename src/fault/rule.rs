use super::effect::Effect;
use super::wanted::Wanted;
use crate::exchange::Request;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// One rule: `METHOD PATH-GLOB[#N] = EFFECT [@ RATE%]`, with `#N-M` for some requests in a row and `#N+` for
/// all from one on; of these it strikes the share that the rate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    text: String,
    wanted: Wanted,
    /// Which of the session's requests that fit, from 1.
    turns: RangeInclusive<u64>,
    effect: Effect,
    /// How many of a million of them are struck.
    rate: u32,
}

/// All of a million.
const ALL: u32 = 1_000_000;

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
    /// No share.
    #[error("`@ {0}`: not a share of requests, above 0 % and at most 100 % (`@ 10%`, `@ 0.5%`)")]
    Rate(String),
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
    pub const HINT: &str = "write `METHOD PATH-GLOB[#N] = 503|reset|cut:CHUNK|delay:MS|slow:BYTES_PER_SECOND|type:MEDIA [@ RATE%]`, \
         such as `POST /v1/*/images#2 = 503` or `GET * = reset @ 5%`";
}

impl Fault {
    /// Whether a request counts for it.
    pub(super) fn wants(&self, request: &Request) -> bool {
        self.wanted.fits(request)
    }

    /// Whether it strikes the request of this number among those that count. By a rate, it is the same ones for
    /// the same seed.
    pub(super) fn strikes(&self, turn: u64, seed: u64) -> bool {
        self.turns.contains(&turn)
            && (self.rate == ALL || drawn(&self.text, turn, seed) < self.rate)
    }

    /// What it does.
    pub const fn effect(&self) -> &Effect {
        &self.effect
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let text = text.trim();
        let (request, effect) = text.rsplit_once('=').ok_or(FaultError::NoEffect)?;
        let (request, effect) = (request.trim(), effect.trim());
        let (effect, rate) = match effect.rsplit_once('@') {
            Some((effect, rate)) => (effect.trim_end(), share(rate.trim())?),
            None => (effect, ALL),
        };
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
        Ok(Self { text: text.to_owned(), wanted, turns, effect: effect.parse()?, rate })
    }
}

/// A share in per cent as one of a million.
fn share(text: &str) -> Result<u32, FaultError> {
    let bad = || FaultError::Rate(text.to_owned());
    let number = text.strip_suffix('%').ok_or_else(bad)?.trim_end();
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > 4 || !digits(whole) || !digits(part) {
        return Err(bad());
    }
    let share = format!("{whole}{part:0<4}").parse().map_err(|_| bad())?;
    if (1..=ALL).contains(&share) { Ok(share) } else { Err(bad()) }
}

/// A number below a million for a request: even over many, and the same for the same (`SplitMix64`).
fn drawn(text: &str, turn: u64, seed: u64) -> u32 {
    let start = text.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mixed = start.wrapping_add(turn.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    u32::try_from((mixed ^ (mixed >> 31)) % u64::from(ALL)).unwrap_or(0)
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
            assert_eq!((fault.turns.clone(), fault.effect.clone()), (turns, effect), "{text}");
            assert_eq!(fault.to_string(), text.trim());
        }
    }

    #[test]
    fn a_rate_strikes_its_share_and_the_same_ones_again() {
        let struck = |rule: &str, seed: u64| -> Vec<u64> {
            let rule: Fault = rule.parse().unwrap();
            (1..=10_000).filter(|turn| rule.strikes(*turn, seed)).collect()
        };
        for (rule, share) in [("* * = 503 @ 10%", 1000), ("* * = reset @0.5 %", 50)] {
            let found = struck(rule, 1);
            assert!((share / 2..share * 2).contains(&found.len()), "{rule}: {}", found.len());
            assert_eq!(found, struck(rule, 1));
            assert_ne!(found, struck(rule, 2));
        }
        assert_eq!(struck("* *#3-4 = 503 @ 100%", 1), [3, 4]);
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
            ("GET /a = type:html", "`type:html`"),
            ("GET /a = type:*/*", "`type:*/*`"),
            ("GET /a = 503 @ 10", "`@ 10`"),
            ("GET /a = 503 @ 0%", "`@ 0%`"),
            ("GET /a = 503 @ 100.1%", "`@ 100.1%`"),
            ("GET /a = 503 @ -1%", "`@ -1%`"),
            ("GET /a = @ 10%", "no `=`"),
        ];
        for (text, expected) in cases {
            let error = text.parse::<Fault>().unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
