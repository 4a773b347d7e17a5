//! Opening the cassettes of a recorder: one for everything, or one for each session of a folder.

use super::{Arguments, RecordMode};
use crate::cassette::redact::{Policy, Secret};
use crate::cassette::{Mode, SessionName};
use crate::cli::cassette::{unreadable, unwritable, was_cut, was_open};
use crate::cli::expiry::ExpiryArguments;
use crate::cli::{Failure, World, secrets, server};
use crate::matching::Rules;
use crate::net::Stop;
use crate::record::{
    Clock, OpenError, Opened, Order, Session, Sessions, Terms, Unopened, Unsealed,
    is_cassette_folder, prepare_folder, session_of,
};
use clap::ValueEnum as _;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// What all cassettes of a recorder have in common.
#[derive(Clone)]
pub(super) struct Opening {
    folder: Option<PathBuf>,
    mode: RecordMode,
    policy: Policy,
    rules: Rules,
    clock: Clock,
    expiry: ExpiryArguments,
    world: World,
}

impl Opening {
    /// `known` are secrets besides those that `--secret-env` names.
    pub(super) fn new(
        arguments: &Arguments,
        known: Vec<(String, Secret)>,
        world: &World,
    ) -> Result<Self, Failure> {
        let path = world.directory.join(&arguments.cassette);
        let folder = is_cassette_folder(&path);
        if arguments.expiry.is_given() && !folder && arguments.mode != RecordMode::NewEpisodes {
            let mode = Mode::from(arguments.mode).as_str();
            return Err(Failure::asked(format!(
                "--max-age: mode `{mode}` answers nothing that was recorded"
            ))
            .hint("it is for `--mode new_episodes`, and for `replay`"));
        }
        Ok(Self {
            folder: folder.then_some(path),
            mode: arguments.mode,
            policy: secrets::policy(&arguments.secret_env, world)?.knowing(known),
            rules: arguments.matching.read(&[], world)?,
            clock: Clock::set(jiff::Timestamp::now()),
            expiry: arguments.expiry,
            world: world.clone(),
        })
    }

    /// The folder of the cassettes, where each session has its own.
    pub(super) fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// The sessions of the recorder; `unnamed` takes what names none.
    pub(super) fn sessions(
        self,
        cassette: &Path,
        unnamed: Option<&SessionName>,
        stop: &Stop,
    ) -> Result<Sessions, Failure> {
        let Some(folder) = self.folder.clone() else {
            if let Some(name) = unnamed {
                return Err(Failure::asked(format!("--session {name}: there is one cassette"))
                    .hint("give `--cassette FOLDER/` to have one for each session"));
            }
            let path = self.world.directory.join(cassette);
            let opened = self.open(&path, self.mode, stop.clone())?;
            return Ok(Sessions::one(Session::new(session_of(&path), opened, stop.clone())));
        };
        let taken = prepare_folder(&folder)
            .map_err(|error| Failure::world(format!("{}: {error}", folder.display())))?;
        let opener = move |name: &SessionName, order: &Order, stop: Stop| {
            self.open_session(name, order, &folder, stop).map_err(|failure| Unopened {
                message: failure.message().to_owned(),
                hint: failure.next_step().map(ToOwned::to_owned),
                asked: failure.is_asked(),
            })
        };
        Ok(Sessions::many(Arc::new(opener), unnamed.cloned(), taken, stop.clone()))
    }

    fn open_session(
        &self,
        name: &SessionName,
        order: &Order,
        folder: &Path,
        stop: Stop,
    ) -> Result<Opened, Failure> {
        let path = match &order.cassette {
            None => name.file(folder),
            Some(path) => below(folder, path)?,
        };
        let mode = match &order.mode {
            None => self.mode,
            Some(word) => RecordMode::from_str(word, false).map_err(|_| {
                Failure::asked(format!("mode `{word}` is none of `once`, `new_episodes`, `all`"))
            })?,
        };
        self.open(&path, mode, stop)
    }

    fn open(&self, path: &Path, mode: RecordMode, stop: Stop) -> Result<Opened, Failure> {
        let terms = Terms {
            policy: self.policy.clone(),
            rules: self.rules.clone(),
            clock: self.clock,
            notices: server::notices(&self.world),
        };
        let Unsealed { opened, cut, unfinished, dated } =
            terms.open(path, mode.into(), stop).map_err(|error| unopened(&error))?;
        if let Some(cut) = &cut {
            self.world.say(format!("warning: {}: {}", path.display(), was_cut(cut)));
        }
        if unfinished > 0 {
            let open = was_open(unfinished);
            self.world.say(format!("warning: {}: goes on {open}", path.display()));
        }
        self.expiry.check(path, dated, &self.world)?;
        Ok(opened)
    }
}

fn unopened(error: &OpenError) -> Failure {
    match error {
        OpenError::Cassette(error) => unreadable(error),
        OpenError::Store(error) => unwritable(error),
        OpenError::Rules { cause, .. } => secrets::unusable(error.to_string(), cause),
        OpenError::Matching { cause, .. } => Failure::asked(error).hint(cause.hint()),
        OpenError::Body(_) => Failure::asked(error),
    }
}

/// A cassette that was asked for by its path: below the folder, wherever that is.
fn below(folder: &Path, path: &str) -> Result<PathBuf, Failure> {
    let asked = Path::new(path);
    let inside = asked.components().all(|part| matches!(part, Component::Normal(_)));
    if !inside || !path.ends_with(".cassette") || path.contains(['\\', ':', '\0']) {
        return Err(Failure::asked(format!(
            "cassette `{path}` is no path below {}",
            folder.display()
        ))
        .hint("give a relative path without `..` that ends with `.cassette`"));
    }
    Ok(folder.join(asked))
}
