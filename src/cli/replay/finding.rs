//! Where a session that is started by hand finds its cassette: in the folders that were given, or
//! among the files.

use crate::admin::Problem;
use crate::cassette::{SessionName, read};
use crate::cli::World;
use crate::cli::expiry::ExpiryArguments;
use crate::replay::{Finder, find_cassette};
use std::path::PathBuf;
use std::sync::Arc;

/// Finds cassettes below the folders and among the files of `given`; nothing else is opened, and none
/// that has expired.
pub(super) fn finder(given: &[PathBuf], expiry: ExpiryArguments, world: &World) -> Arc<Finder> {
    let (given, world) = (given.to_vec(), world.clone());
    Arc::new(move |name: &SessionName, cassette: Option<&str>| {
        let path = find_cassette(&given, &world.directory, name, cassette)?;
        if expiry.is_given()
            && let Ok(cassette) = read(&path)
        {
            let dated = cassette.exchanges.iter().map(|exchange| (exchange.at, exchange.number.0));
            expiry.check(&path, dated, &world).map_err(|failure| {
                let problem = Problem::new(409, "session-cassette", failure.message());
                problem.hint(failure.next_step().unwrap_or_default())
            })?;
        }
        Ok(path)
    })
}
