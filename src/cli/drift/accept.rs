//! `drift --accept`: changes are reviewed exchange by exchange, and what is accepted takes the recorded one's place.

use super::{Drifted, Told, form};
use crate::cassette::{highest_secret, raised};
use crate::cli::cassette::rewritten;
use crate::cli::{Failure, World, recordings};
use crate::drift::Kind;
use crate::exchange::ExchangeNumber;
use std::collections::BTreeMap;
use std::io::BufRead as _;
use std::path::{Path, PathBuf};

/// What a person says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Say {
    Yes,
    No,
    All,
    Quit,
}

/// Asks for each exchange that changed, and rewrites the cassettes of those that are accepted. What differs in noise
/// alone goes along with them: ids of one run belong together. What is accepted is no drift any more.
pub(super) fn review(told: &mut Told, world: &World) -> Result<(), Failure> {
    let pending = |one: &Drifted| one.changes.iter().any(|change| change.kind != Kind::Noise);
    let count = told.drifted.iter().filter(|one| pending(one)).count();
    if count == 0 {
        world.say("note: there is nothing to accept");
        return Ok(());
    }
    let mut lines = std::io::stdin().lock().lines();
    let (mut accepted, mut all, mut number) = (Vec::new(), false, 0);
    for (place, one) in told.drifted.iter().enumerate().filter(|(_, one)| pending(one)) {
        number += 1;
        if !all {
            let mut text = String::new();
            one.changes
                .iter()
                .filter(|c| c.kind != Kind::Noise)
                .for_each(|c| form::line(c, &mut text));
            let (request, cassette) = (&one.request, one.cassette.display());
            world.say(format_args!("{request}  {cassette} exchange {}\n{text}", one.number));
            match ask(number, count, &mut lines, world) {
                Say::Yes => {}
                Say::No => continue,
                Say::All => all = true,
                Say::Quit => break,
            }
        }
        accepted.push(place);
    }
    let mut newer: BTreeMap<PathBuf, Vec<usize>> = BTreeMap::new();
    for place in &accepted {
        newer.entry(told.drifted[*place].cassette.clone()).or_default().push(*place);
    }
    for (cassette, places) in newer {
        let along = (0..told.drifted.len()).filter(|place| {
            let one = &told.drifted[*place];
            one.cassette == cassette && !one.changes.is_empty() && !pending(one)
        });
        let taken: Vec<usize> = places.iter().copied().chain(along).collect();
        rewrite(&cassette, &taken, told, world)?;
        let count = places.len();
        world.say(format_args!("{}: {count} exchanges accepted", cassette.display()));
    }
    for place in accepted {
        told.drifted[place].changes.clear();
    }
    Ok(())
}

fn ask(
    number: usize,
    count: usize,
    lines: &mut impl Iterator<Item = std::io::Result<String>>,
    world: &World,
) -> Say {
    loop {
        world.say(format_args!("accept {number} of {count}? [y]es, [n]o, [a]ll, [q]uit"));
        // Where nobody answers nothing is accepted.
        let Some(Ok(line)) = lines.next() else { return Say::Quit };
        match line.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" => return Say::Yes,
            "n" | "no" => return Say::No,
            "a" | "all" => return Say::All,
            "q" | "quit" => return Say::Quit,
            _ => {}
        }
    }
}

/// Writes a cassette anew, with newer exchanges in the place of some.
fn rewrite(cassette: &Path, taken: &[usize], told: &Told, world: &World) -> Result<(), Failure> {
    let recorded = recordings::exchanges(cassette, Vec::new(), world)?;
    let highest = recorded.iter().map(highest_secret).max().unwrap_or(0);
    let newer: BTreeMap<ExchangeNumber, &Drifted> =
        taken.iter().map(|place| (told.drifted[*place].number, &told.drifted[*place])).collect();
    let exchanges = recorded.into_iter().map(|exchange| {
        let newer = newer.get(&exchange.number).and_then(|one| one.newer.as_deref());
        // Secrets of another recording are others, whatever their numbers.
        newer.map_or(exchange, |newer| raised(newer.clone(), highest))
    });
    rewritten(cassette, exchanges.collect(), world)
}
