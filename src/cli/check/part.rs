use crate::check::{Deal, Share, Shares};
use crate::cli::{Failure, World};
use std::path::PathBuf;

/// Which of the exchanges are judged: all, or those of a share.
pub(super) struct Part(Option<Deal>);

impl Part {
    /// The part of the recordings that a share has, and what its result says of that.
    pub(super) fn of(
        share: Option<Share>,
        recordings: &[PathBuf],
        world: &World,
    ) -> Result<(Self, Option<Shares>), Failure> {
        let Some(share) = share else { return Ok((Self(None), None)) };
        let mut sizes = Vec::with_capacity(recordings.len());
        for path in recordings {
            let about = std::fs::metadata(world.directory.join(path));
            let unread = |error| Failure::world(format!("{}: {error}", path.display()));
            sizes.push(about.map_err(unread)?.len());
        }
        let names: Vec<String> = recordings.iter().map(|path| path.display().to_string()).collect();
        let shares =
            Shares::one(share, names.iter().map(String::as_str).zip(sizes.iter().copied()));
        Ok((Self(Some(Deal::new(share, &sizes))), Some(shares)))
    }

    /// Whether anything of the recording at this place is.
    pub(super) fn opens(&self, place: usize) -> bool {
        self.0.as_ref().is_none_or(|deal| deal.opens(place))
    }

    /// Whether an exchange is, counted from 1 in the recording at this place.
    pub(super) fn judges(&self, place: usize, exchange: u64) -> bool {
        self.0.as_ref().is_none_or(|deal| deal.judges(place, exchange))
    }
}
