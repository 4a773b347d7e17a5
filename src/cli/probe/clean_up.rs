//! Removes what a run left that was killed or stopped: by the list that it wrote, entry by entry.

use super::Ready;
use super::list::replace;
use crate::cli::server::{self, Signals};
use crate::cli::{Failure, Outcome, World};
use crate::exchange::Request;
use crate::live::{Asked, Shows, Single};
use crate::net::Stop;
use crate::record::Clock;
use serde_json::Value;
use std::path::Path;

/// Why an entry stays on the list.
enum Stays {
    /// It is gone: it does not.
    Gone,
    /// For this reason.
    Left(String),
}

impl Ready<'_> {
    /// Sends the documented DELETE of each thing on a list, and leaves on it what is still there.
    pub(super) fn clean_up(&self, shown: &Path) -> Result<Outcome, Failure> {
        let world = self.world;
        let Some(base) = self.arguments.target.as_deref() else {
            return Err(Failure::asked("--clean-up: nothing is sent without `--target`"));
        };
        if !self.arguments.sending.allow_unsafe {
            return Err(Failure::asked("--clean-up: DELETE changes something")
                .hint("`--allow-unsafe` sends it"));
        }
        let path = world.directory.join(shown);
        let entries = read(&path, shown)?;
        let (clock, stop) = (Clock::set(world.now), Stop::new());
        let (single, _) = self.sender(base, clock, &stop)?;
        let whose = if self.credentials.is_some() { Shows::Own } else { Shows::Nothing };
        let runtime = server::runtime()?;
        let left = runtime.block_on(async {
            let mut signals = Signals::only()?;
            let all = removed(&single, whose, base, entries, world);
            server::until_stopped(all, &stop, &mut signals).await
        });
        runtime.shutdown_background();
        let left = left?;
        let unwritable =
            |error: std::io::Error| Failure::world(format!("{}: {error}", shown.display()));
        if left.is_empty() {
            std::fs::remove_file(&path).map_err(unwritable)?;
            world.say("note: everything on the list is removed, and the list with it");
            return Ok(Outcome::Holds);
        }
        let entries: Vec<String> = left.iter().map(Value::to_string).collect();
        let entries: Vec<&str> = entries.iter().map(String::as_str).collect();
        replace(&path, &entries).map_err(unwritable)?;
        Err(Failure::world(format!("{}: {} things are left", shown.display(), left.len())))
    }
}

fn read(path: &Path, shown: &Path) -> Result<Vec<Value>, Failure> {
    let name = shown.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::asked(format!("{name}: {error}")))?;
    let list: Value =
        serde_json::from_str(&text).map_err(|error| Failure::asked(format!("{name}: {error}")))?;
    match list.get("created") {
        Some(Value::Array(entries)) => Ok(entries.clone()),
        _ => Err(Failure::asked(format!("{name}: no list of what a probe made"))),
    }
}

/// Removes what can be removed, the newest first. Answers with what is left, in the order of the list.
async fn removed(
    single: &Single,
    whose: Shows,
    base: &str,
    entries: Vec<Value>,
    world: &World,
) -> Vec<Value> {
    let mut left = Vec::new();
    for entry in entries.into_iter().rev() {
        let Some(url) = entry["remove"].as_str().and_then(|text| text.strip_prefix("DELETE "))
        else {
            let what = entry["url"].as_str().or(entry["operation"].as_str()).unwrap_or("?");
            world.say(format_args!("warning: {what}: no documented request removes it"));
            left.push(entry);
            continue;
        };
        match remove(single, whose, base, url).await {
            Stays::Gone => world.say(format_args!("removed {url}")),
            Stays::Left(why) => {
                world.say(format_args!("warning: {url}: {why}"));
                left.push(entry);
            }
        }
    }
    left.reverse();
    left
}

async fn remove(single: &Single, whose: Shows, base: &str, url: &str) -> Stays {
    // Nothing is sent to another host, whatever the list says; nor to another path.
    let rest = url.strip_prefix(base).filter(|rest| rest.starts_with('/'));
    let Some(_) = rest.filter(|rest| !rest.contains("{{") && !rest.contains("..")) else {
        return Stays::Left(format!("not below {base}"));
    };
    let request =
        Request { method: "DELETE".to_owned(), target: url.to_owned(), ..Request::default() };
    let request = crate::probe::framed(request);
    match single.ask(request, whose, None).await {
        Ok(Asked::Answers(answers)) => {
            let last = answers.last();
            match last.and_then(|exchange| exchange.response.as_ref()).map(|one| one.status) {
                // What is not there any more is gone, too.
                Some(200..300 | 404 | 410) => Stays::Gone,
                Some(status) => Stays::Left(format!("answered {status}")),
                None => Stays::Left("no answer came".to_owned()),
            }
        }
        Ok(Asked::Skipped(why)) => Stays::Left(why.to_string()),
        Err(error) => Stays::Left(error.to_string()),
    }
}
