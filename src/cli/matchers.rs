//! Matching rules of `testimony.toml` and of `--match`.

use super::{Failure, World, documents};
use crate::matching::{Rules, RulesError};
use crate::project::FILE;
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct MatchArguments {
    /// Matching rule: `KEY=VALUE`, or `METHOD PATH-GLOB: KEY=VALUE` for some requests (docs/matching.md)
    #[arg(long = "match", value_name = "RULE")]
    rules: Vec<String>,
}

impl MatchArguments {
    /// The rules of `testimony.toml` with those of the command line on top. With specs, operations
    /// are known by their ids.
    pub(super) fn read(&self, specs: &[PathBuf], world: &World) -> Result<Rules, Failure> {
        let mut given = Rules::default();
        for text in &self.rules {
            given.add(text).map_err(|error| {
                Failure::asked(format!("--match '{text}': {error}")).hint(error.hint())
            })?;
        }
        if let (true, Some(scope)) = (specs.is_empty(), given.unknown_operations().next()) {
            return Err(Failure::asked(format!("--match: `{scope}` is an operation's id")).hint(
                "where there is `--spec`, give that; or write `METHOD PATH-GLOB: KEY=VALUE`",
            ));
        }
        let rules = world.config()?.matching;
        if let (true, Some(scope)) = (specs.is_empty(), rules.unknown_operations().next()) {
            world.say(format!(
                "warning: {FILE}: [match]: the rules for operation `{scope}` need a spec: they are not heeded"
            ));
        }
        let rules = rules.and(&given).map_err(|error| unusable("--match", &error))?;
        if specs.is_empty() {
            return Ok(rules);
        }
        let rules = rules.knowing(Arc::from(documents::read_specs(specs, world)?));
        if let Some(scope) = rules.unknown_operations().next() {
            return Err(Failure::asked(format!(
                "matching rules: no spec has the operation `{scope}`"
            ))
            .hint("`testimony spec show` lists the operations"));
        }
        Ok(rules)
    }
}

/// Rules that can't be used, with what to do about it.
pub(super) fn unusable(place: impl std::fmt::Display, error: &RulesError) -> Failure {
    Failure::asked(format!("{place}: {error}")).hint(error.hint())
}
