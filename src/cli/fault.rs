//! `--fault` of replay and mock: rules read, and what became of them told.

use crate::cli::{Failure, World};
use crate::fault::{Documented, Fault, FaultError, Faults};
use crate::mock::Mock;
use crate::spec::Spec;

/// The faults of these rules; statuses take their bodies from the specs.
pub(super) fn faults(
    rules: &[String],
    specs: Vec<Spec>,
    keeps_retry_after: bool,
) -> Result<Faults, Failure> {
    let read = |rule: &String| {
        rule.parse::<Fault>().map_err(|error| {
            Failure::asked(format!("--fault `{rule}`: {error}")).hint(FaultError::HINT)
        })
    };
    let rules: Vec<Fault> = rules.iter().map(read).collect::<Result<_, _>>()?;
    if rules.is_empty() {
        return Ok(Faults::default());
    }
    if specs.is_empty() {
        return Ok(Faults::new(rules, None, keeps_retry_after));
    }
    let mock = Mock::new(specs, 0);
    let documented: Box<Documented> =
        Box::new(move |request, status| mock.promised(request, status));
    Ok(Faults::new(rules, Some(documented), keeps_retry_after))
}

/// Says how often faults struck, and which never did.
pub(super) fn account(faults: &Faults, world: &World) {
    if faults.is_empty() {
        return;
    }
    world.say(format!("{} faults struck", faults.struck()));
    for note in faults.undocumented() {
        world.say(format!("warning: --fault {note}"));
    }
    for rule in faults.idle() {
        world.say(format!("warning: --fault `{rule}`: never struck: no such request was answered"));
    }
}
