use super::Arguments;
use crate::check::{
    Acceptance, Baseline, Excuse, Judge, Register, Settings, Severity, State, Verdict,
};
use crate::cli::{Failure, World, output};
use crate::project::{ConfigError, read_baseline, read_register};
use crate::spec::{Spec, UnknownFormat};
use serde_json::{Value, json};
use std::path::Path;

/// The settings of `testimony.toml`, and over them those of the command line.
pub(super) fn of(arguments: &Arguments, world: &World) -> Result<Settings, Failure> {
    let mut config = world.config()?;
    let to_write = arguments.write_register.as_ref().map(|path| world.directory.join(path));
    let named = config.check.register.as_ref().map(|path| config.folder.join(path));
    if named.is_some() && named == to_write && named.is_some_and(|path| !path.exists()) {
        // It is written for the first time.
        config.check.register = None;
    }
    let mut settings = config.settings().map_err(unreadable)?;
    for path in &arguments.baselines {
        settings.baseline.extend(read_baseline(&world.directory, path).map_err(unreadable)?);
    }
    if !arguments.require.is_empty() {
        settings.required = Some(arguments.require.clone());
    }
    settings.excuses.splice(..0, arguments.excuses.iter().cloned());
    settings.max_age = arguments.max_age.or(settings.max_age);
    // What is to be written anew is what was noted before.
    let written = arguments.write_register.as_ref();
    let written = written.filter(|path| world.directory.join(path).is_file());
    if let Some(path) = arguments.register.as_ref().or(written) {
        settings.register = Some(read_register(&world.directory, path).map_err(unreadable)?);
    }
    Ok(settings)
}

fn unreadable(error: ConfigError) -> Failure {
    let failure = Failure::asked(&error);
    match error {
        ConfigError::Baseline { .. } => failure.hint(
            "a baseline is {\"findings\": [{\"fingerprint\": \"\", \"reason\": \"\", \"expires\": null}]}",
        ),
        ConfigError::NoRegister { .. } => {
            failure.hint("`testimony check --write-register FILE` notes what is promised now")
        }
        _ => failure,
    }
}

/// Says what was asked for and had no effect.
pub(super) fn notes(verdict: &Verdict, world: &World) {
    // What a share did not find, another one may have.
    for fingerprint in verdict.unused_baseline.iter().filter(|_| verdict.shares.is_empty()) {
        world.say(format_args!("note: baseline: no finding has the fingerprint {fingerprint}"));
    }
    for excuse in &verdict.unused_excuses {
        let Excuse { operation, code, .. } = excuse;
        world.say(format_args!("note: excuse: no spec documents {operation}:{code}"));
    }
}

/// Says of how many operations nothing is noted, so that no change of theirs would be seen.
pub(super) fn say_lacking(settings: &Settings, specs: &[Spec], world: &World) {
    let lacking = settings.register.as_ref().map_or(0, |register| register.lacking(specs));
    if lacking > 0 {
        let operations = if lacking == 1 { "operation" } else { "operations" };
        world.say(format_args!("note: register: nothing is noted of {lacking} {operations}"));
        world.say("hint: `--write-register FILE` notes what is promised now");
    }
}

/// Writes what is promised now, and since when.
pub(super) fn write_register(
    path: &Path,
    known: Option<&Register>,
    specs: &[Spec],
    world: &World,
) -> Result<(), Failure> {
    let register = known.cloned().unwrap_or_default().renewed(specs, world.now);
    output::write(path, register.to_json().as_bytes(), world)
}

/// Says which formats no value is held to, each once.
pub(super) fn say_unknown_formats(specs: &[Spec], world: &World) {
    for spec in specs {
        for UnknownFormat { name, pointer } in &spec.unknown_formats {
            let shown: String = name.chars().take(60).collect();
            let path = &spec.path;
            world.say(format_args!(
                "note: {path}: format `{shown}` is not known, so no value is held to it: {pointer}"
            ));
        }
    }
}

/// Says whose answers count as the provider's though its document does not name their host.
pub(super) fn say_elsewhere(judge: &Judge<'_>, world: &World) {
    for (spec, host, times) in judge.elsewhere() {
        let exchanges = if times == 1 { "exchange is" } else { "exchanges are" };
        world.say(format_args!(
            "note: {spec}: {times} {exchanges} of {host}, which is none of its servers"
        ));
    }
}

/// Writes a baseline with every error and warning of the run. Reasons that are known are kept; the others are
/// for a person to give.
pub(super) fn write_baseline(
    path: &Path,
    verdict: &Verdict,
    known: &Baseline,
    world: &World,
) -> Result<(), Failure> {
    let mut unexplained = 0;
    let mut entry = |fingerprint: &str, reason: Option<&str>, expires: Option<String>| -> Value {
        unexplained += usize::from(reason.is_none());
        json!({
            "fingerprint": fingerprint,
            "reason": reason.unwrap_or("not explained yet"),
            "expires": expires,
        })
    };
    let findings: Vec<Value> = verdict
        .findings
        .iter()
        .filter(|judged| judged.finding.severity > Severity::Info)
        .map(|judged| {
            let fingerprint = &judged.finding.fingerprint;
            match (&judged.acceptance, known.entry(fingerprint)) {
                (Acceptance::Accepted(reason), Some(known)) => {
                    let expires = known.expires.map(|moment| moment.to_string());
                    entry(fingerprint.as_str(), Some(reason), expires)
                }
                _ => entry(fingerprint.as_str(), None, None),
            }
        })
        .collect();
    let text = serde_json::to_string_pretty(&json!({ "findings": findings })).unwrap_or_default();
    output::write(path, (text + "\n").as_bytes(), world)?;
    world.say(format_args!("note: {}: {unexplained} findings want a reason", path.display()));
    Ok(())
}

/// Reads one state of `--require`.
pub(super) fn state(word: &str) -> Result<State, String> {
    State::parse(word).ok_or_else(|| {
        let known: Vec<&str> = State::ALL.iter().rev().map(|state| state.as_str()).collect();
        format!("`{word}` is not a ledger state; the states are {}", known.join(", "))
    })
}

/// Reads one `--excuse`.
pub(super) fn excuse(text: &str) -> Result<Excuse, String> {
    Excuse::parse(text).ok_or_else(|| format!("`{text}` is not `OPERATION:CODE=REASON`"))
}
