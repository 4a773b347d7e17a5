use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

/// Requests a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate(f64);

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rate: Option<f64> = text.parse().ok();
        // Rarer than once in a day is no rate; what a clock can't tell apart neither.
        rate.filter(|rate| (1e-5..=1e6).contains(rate))
            .map(Self)
            .ok_or_else(|| format!("`{text}` is no number of requests a second"))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A bucket that holds one token, and is filled at a rate: no second has more requests than the rate and one.
#[derive(Debug)]
pub(super) struct Bucket {
    refill: Duration,
    next: Option<Instant>,
}

impl Bucket {
    pub(super) fn new(rate: Option<Rate>) -> Self {
        let refill = rate.map_or(Duration::ZERO, |Rate(rate)| Duration::from_secs_f64(1.0 / rate));
        Self { refill, next: None }
    }

    /// Takes a token that may be used at the time that is answered.
    pub(super) fn take(&mut self, now: Instant) -> Instant {
        let at = self.next.map_or(now, |next| next.max(now));
        self.next = Some(at + self.refill);
        at
    }

    /// Gives out nothing before this time.
    pub(super) fn hold(&mut self, until: Instant) {
        self.next = Some(self.next.map_or(until, |next| next.max(until)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_at_their_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::new(Some("4".parse().unwrap()));
        let after = |bucket: &mut Bucket, milliseconds: u64| {
            let now = start + Duration::from_millis(milliseconds);
            bucket.take(now).duration_since(start).as_millis()
        };
        let taken: Vec<u128> = (0..4).map(|_| after(&mut bucket, 0)).collect();
        assert_eq!(taken, [0, 250, 500, 750]);
        assert_eq!(after(&mut bucket, 2000), 2000, "what was not used is not saved up");
        assert_eq!(after(&mut bucket, 2000), 2250);
        bucket.hold(start + Duration::from_secs(9));
        assert_eq!(after(&mut bucket, 2001), 9000);
        let mut free = Bucket::new(None);
        assert_eq!((after(&mut free, 5), after(&mut free, 5)), (5, 5));
    }

    #[test]
    fn rates() {
        assert!("0.5".parse::<Rate>().is_ok());
        for wrong in ["0", "-1", "x", "", "inf", "nan", "1e9"] {
            assert!(wrong.parse::<Rate>().is_err(), "{wrong}");
        }
    }
}
