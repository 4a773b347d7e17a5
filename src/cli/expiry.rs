//! `--max-age`: recorded exchanges that are too old to be answered from.

use super::{Failure, World};
use crate::project;
use jiff::{SignedDuration, Timestamp};
use std::path::Path;
use std::time::Duration;

#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct ExpiryArguments {
    /// Age beyond which a recorded exchange has expired, as `30d`
    #[arg(long, value_name = "AGE", value_parser = project::parse_positive_duration)]
    max_age: Option<Duration>,
    /// What to do when exchanges have expired
    #[arg(long, value_enum, default_value_t = Expired::Fail, requires = "max_age")]
    expired: Expired,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Expired {
    /// Serve nothing of their cassette, and exit with 1
    Fail,
    /// Say so, and go on
    Warn,
}

/// The exchanges of one cassette that have expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Old {
    count: usize,
    oldest: Option<(Timestamp, u64)>,
}

impl ExpiryArguments {
    /// Whether an age was given.
    pub(super) const fn is_given(&self) -> bool {
        self.max_age.is_some()
    }

    /// Looks at the exchanges of a cassette, by time and number.
    pub(super) fn check(
        &self,
        cassette: &Path,
        exchanges: impl IntoIterator<Item = (Timestamp, u64)>,
        world: &World,
    ) -> Result<(), Failure> {
        let Some(age) = self.max_age else { return Ok(()) };
        let age = SignedDuration::try_from(age).unwrap_or(SignedDuration::MAX);
        let limit = world.now.saturating_sub(age).unwrap_or(Timestamp::MIN);
        let old = old(limit, exchanges);
        let Some((at, number)) = old.oldest else { return Ok(()) };
        let message = format!(
            "{}: {} exchanges are older than --max-age allows, the oldest is exchange {number} of {at:.0}",
            cassette.display(),
            old.count
        );
        match self.expired {
            Expired::Warn => {
                world.say(format!("warning: {message}"));
                Ok(())
            }
            Expired::Fail => Err(Failure::broken(message)
                .hint("record it anew with `--mode all`, or go on with `--expired warn`")),
        }
    }
}

fn old(limit: Timestamp, exchanges: impl IntoIterator<Item = (Timestamp, u64)>) -> Old {
    let mut old = Old { count: 0, oldest: None };
    for exchange in exchanges.into_iter().filter(|(at, _)| *at < limit) {
        old.count += 1;
        old.oldest = Some(old.oldest.map_or(exchange, |oldest| oldest.min(exchange)));
    }
    old
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_older_than_the_limit_is_old() {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let exchanges = [
            (at("2026-11-20T10:00:00Z"), 1),
            (at("2026-10-20T10:00:00Z"), 2),
            (at("2026-09-20T10:00:00Z"), 3),
        ];
        let found = |limit| {
            let old = old(at(limit), exchanges);
            (old.count, old.oldest.map(|(_, number)| number))
        };
        assert_eq!(found("2026-09-20T10:00:00Z"), (0, None));
        assert_eq!(found("2026-10-20T10:00:01Z"), (2, Some(3)));
    }
}
