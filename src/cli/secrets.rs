use super::{Failure, World};
use crate::cassette::redact::{Policy, RuleError, RuleSet, Secret};
use crate::project::ConfigError;

/// What is to be kept out of recordings: the values of the variables named by `--secret-env`, and the
/// rules of `testimony.toml`.
pub(super) fn policy(names: &[String], world: &World) -> Result<Policy, Failure> {
    Ok(Policy::new(secrets(names, world)?, rules(world)?))
}

/// The values of the variables named by `--secret-env`, for a redactor.
pub(super) fn secrets(names: &[String], world: &World) -> Result<Vec<(String, Secret)>, Failure> {
    names
        .iter()
        .map(|name| match world.variable(name) {
            Some(value) => Ok((name.clone(), Secret::new(value))),
            None => Err(Failure::asked(format!("--secret-env: `{name}` is not set or is empty"))
                .hint("set it, or leave the option out")),
        })
        .collect()
}

/// The redaction rules of `testimony.toml`.
pub(super) fn rules(world: &World) -> Result<RuleSet, Failure> {
    world.config()?.redaction().map_err(|error| match &error {
        ConfigError::Redact(cause) => unusable(error.to_string(), cause),
        _ => Failure::asked(error),
    })
}

/// Rules that can't be used, with what to do about it.
pub(super) fn unusable(message: String, error: &RuleError) -> Failure {
    let failure = Failure::asked(message);
    match error {
        RuleError::Unknown { near, .. } if !near.is_empty() => {
            failure.hint(format!("did you mean `{}`?", near.join("` or `")))
        }
        RuleError::Unknown { .. } => failure.hint("`docs/redaction.md` lists the rules"),
        _ => failure,
    }
}
