use super::{Failure, World};
use crate::cassette::redact::Secret;

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
