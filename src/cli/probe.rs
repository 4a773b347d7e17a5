//! `testimony probe`: provokes every documented code on a live endpoint.

mod arguments;
mod book;
mod clean_up;
mod form;
mod list;

use super::auth::{self, Auth};
use super::check::report::shows_evidence;
use super::format::{self, Format};
use super::reach::ReachArguments;
use super::sending::{self, Notebook};
use super::server::{self, Signals};
use super::{Failure, Outcome, World, check, documents, recordings, secrets};
use crate::auth::Credentials;
use crate::cassette::Methods;
use crate::cassette::redact::Policy;
use crate::check::{End, Judge};
use crate::exchange::Exchange;
use crate::live::{Shows, Single, Terms as Sending};
use crate::net::{Client, ConnectError, Limits, Stop, hint};
use crate::probe::{Event, Options, Plan, Probe, Summary, Terms};
use crate::record::Clock;
use crate::report::Kind;
use arguments::{SendingArguments, parameter};
use book::Book;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Spec file, or folder of specs [default: specs/]
    #[arg(long = "spec", value_name = "PATH")]
    specs: Vec<PathBuf>,
    /// URL that paths are appended to; nothing is sent to another host
    #[arg(long, value_name = "URL", value_parser = sending::base, required_unless_present = "dry_run")]
    target: Option<String>,
    /// Show what would be sent, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Remove what a run left that was stopped: what this list of it names, and nothing else
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dry_run", "from", "only", "formats"])]
    clean_up: Option<PathBuf>,
    /// Recording whose requests show how good ones look, and what exists
    #[arg(long = "from", value_name = "PATH")]
    from: Vec<PathBuf>,
    /// Value of a parameter wherever it is documented, in the place of a made-up one
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = parameter)]
    parameters: Vec<(String, String)>,
    /// Keep to operations of this id, or to one code of them, such as `CreateCrate:409` or `*:401`
    #[arg(long, value_name = "OPERATION[:CODE]")]
    only: Vec<String>,
    /// Form of the result, to stdout or into a file, any number: `terminal`, `json`, `junit`, `sarif`,
    /// `html`, `markdown`, `github` [default: terminal]
    #[arg(long = "format", value_name = "KIND[=FILE]", value_parser = check::form)]
    formats: Vec<Format<Kind>>,
    /// Replace the value of this environment variable in what is shown and recorded
    #[arg(long, value_name = "NAME")]
    secret_env: Vec<String>,
    #[command(flatten)]
    sending: SendingArguments,
    #[command(flatten)]
    reach: ReachArguments,
}

/// What was read before anything is sent.
struct Ready<'r> {
    arguments: &'r Arguments,
    credentials: Option<Credentials>,
    other: Option<Credentials>,
    recorded: Vec<Exchange>,
    seed: u64,
    world: &'r World,
}

pub(super) fn run(arguments: Arguments, world: &World) -> Result<Outcome, Failure> {
    format::one_on_stdout(&arguments.formats)?;
    format::folders_exist(&arguments.formats, world)?;
    if let Some(list) = &arguments.clean_up {
        return Ready::read(&arguments, world)?.clean_up(list);
    }
    let settings = world.config()?.settings().map_err(Failure::asked)?;
    let specs = documents::read_specs(&arguments.specs, world)?;
    if specs.is_empty() {
        return Err(Failure::asked("there is no spec to probe by")
            .hint("name one with `--spec`, or put it in specs/"));
    }
    let ready = Ready::read(&arguments, world)?;
    let mut plan = Plan::of(&specs, &ready.recorded, &ready.options());
    keep_only(&mut plan, &arguments.only)?;
    plan.cap(arguments.sending.max_requests);
    let mut judge = Judge::new(&specs, &settings);
    if arguments.dry_run {
        let terms = ready.terms("");
        let rows = plan.rows(|case, recipe| terms.refuses(case, recipe));
        let shown = form::Shown { plan: &plan, rows: &rows, created: &[], requests: 0, dry: true };
        let verdict = judge.verdict(world.now);
        let evidence = crate::report::Evidence::default();
        form::print(&arguments.formats, &shown, &verdict, &evidence, world)?;
        return Ok(Outcome::Holds);
    }
    let (summary, book) = ready.probe(&plan, &mut judge)?;
    finish(&ready, &plan, &specs, summary, book)
}

/// Leaves recipes out that are not asked for.
fn keep_only(plan: &mut Plan<'_>, only: &[String]) -> Result<(), Failure> {
    if only.is_empty() {
        return Ok(());
    }
    let wanted = |operation: &str, code: &str| {
        only.iter().any(|one| match one.rsplit_once(':') {
            Some((id, wanted)) if wanted.len() == 3 || wanted == "default" => {
                (id == operation || id == "*") && wanted.eq_ignore_ascii_case(code)
            }
            _ => one == operation,
        })
    };
    for case in &mut plan.cases {
        let id = case.operation.id.as_str();
        // What makes resources and what tells how good requests are answered stays.
        let any = case.recipes.iter().any(|recipe| wanted(id, &recipe.code.to_string()));
        let makes = case.item.is_some();
        case.recipes.retain(|recipe| {
            let good = recipe.kind == crate::probe::Kind::Documented;
            wanted(id, &recipe.code.to_string()) || (good && (any || makes))
        });
    }
    if plan.recipes().next().is_none() {
        return Err(Failure::asked("--only: no spec documents an operation or code of that name")
            .hint("`testimony probe --dry-run` lists them"));
    }
    Ok(())
}

impl<'r> Ready<'r> {
    fn read(arguments: &'r Arguments, world: &'r World) -> Result<Self, Failure> {
        let read = |auth: &Option<Auth>| auth.as_ref().map(|auth| auth.read(world)).transpose();
        let credentials = read(&arguments.sending.auth)?;
        let other = read(&arguments.sending.auth_other)?;
        let mut recorded = Vec::new();
        if !arguments.from.is_empty() {
            for path in documents::cassettes(&arguments.from, world)? {
                recorded.extend(recordings::exchanges(&path, Vec::new(), world)?);
            }
        }
        let seed =
            arguments.sending.seed.unwrap_or_else(|| world.now.as_millisecond().unsigned_abs());
        Ok(Self { arguments, credentials, other, recorded, seed, world })
    }

    fn options(&self) -> Options {
        let credentials = self.credentials.as_ref();
        let headers = credentials.map(Credentials::headers).unwrap_or_default();
        Options {
            authorised: credentials.is_some(),
            signed: credentials.is_some_and(Credentials::is_signed_at_a_time),
            credential_headers: headers.into_iter().map(str::to_owned).collect(),
            other: self.other.is_some(),
            burst: self.arguments.sending.burst,
            parameters: self.arguments.parameters.iter().cloned().collect(),
            seed: 0,
        }
    }

    fn terms(&self, base: &str) -> Terms {
        let sending = &self.arguments.sending;
        let given: BTreeMap<String, String> = self.arguments.parameters.iter().cloned().collect();
        Terms {
            base: base.to_owned(),
            allow_unsafe: sending.allow_unsafe,
            allow_leftovers: sending.allow_leftovers,
            concurrency: sending.concurrency.into(),
            shows: if self.credentials.is_some() { Shows::Own } else { Shows::Nothing },
            seed: self.seed,
            given,
        }
    }

    /// What sends requests to a base, and what is secret of them.
    fn sender(&self, base: &str, clock: Clock, stop: &Stop) -> Result<(Single, Policy), Failure> {
        let (arguments, world) = (self.arguments, self.world);
        let sending = &arguments.sending;
        let mut known = secrets::secrets(&arguments.secret_env, world)?;
        let both = [&self.credentials, &self.other];
        known.extend(both.into_iter().flatten().flat_map(auth::secrets));
        let (reach, of_reach) = arguments.reach.read(world)?;
        known.extend(of_reach);
        let policy = Policy::new(known, secrets::rules(world)?);
        // There is no listener of our own that a request could go to.
        let nobody = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let client = Client::new(reach, sending.timeout, nobody);
        let terms = Sending {
            base: base.to_owned(),
            credentials: self.credentials.clone(),
            methods: Methods::Any,
            delete_standing: true,
            rate: sending.rate,
            concurrency: sending.concurrency.into(),
            timeout: sending.timeout,
            limits: Limits::default(),
            clock,
            seed: format!("{} {}", world.now.as_nanosecond(), std::process::id()),
        };
        let notices = server::notices(world);
        Ok((Single::new(terms, self.other.clone(), client, notices, stop.clone()), policy))
    }

    /// Sends the plan. What was judged is in the judge, whatever else went wrong.
    fn probe<'p, 'a>(
        &self,
        plan: &'p Plan<'a>,
        judge: &'p mut Judge<'a>,
    ) -> Result<(Summary, Book<'p, 'a>), Failure>
    where
        'r: 'p,
    {
        let (arguments, world) = (self.arguments, self.world);
        let sending = &arguments.sending;
        let base = arguments.target.as_deref().unwrap_or_default();
        let (clock, stop) = (Clock::set(world.now), Stop::new());
        let (single, policy) = self.sender(base, clock, &stop)?;
        let redactor = Arc::new(policy.redactor());
        let notebook =
            Notebook::open(sending.cassette.as_deref(), &policy, redactor, clock, &stop, world)?;
        let list =
            list::CreatedList::at(sending.created.as_deref(), sending.cassette.as_deref(), world);
        let mut book = Book::new(plan, judge, notebook, list, base, world);
        let runtime = server::runtime()?;
        let summary = runtime.block_on(async {
            let mut signals = Signals::only()?;
            let mut sink = |event: Event<'_, 'a>| book.take(event);
            let probe = Probe::new(plan, &self.recorded, self.terms(base), single, &mut sink);
            server::until_stopped(probe.run(), &stop, &mut signals).await
        });
        runtime.shutdown_background();
        book.clear();
        let sealed = book.seal();
        let mut summary = summary?;
        book.cut = sealed.err();
        if let Some(error) = summary.failed.take() {
            book.cut = Some(unreachable(&error));
        } else if stop.is_requested() && book.cut.is_none() {
            book.cut = Some(
                Failure::world("stopped before everything was sent")
                    .hint("what is told is of the requests that were sent"),
            );
        }
        Ok((summary, book))
    }
}

fn unreachable(error: &crate::live::RunError) -> Failure {
    use crate::live::RunError;
    let told = match error {
        RunError::Unreachable(ConnectError::Transport(cause)) => hint(cause),
        _ => None,
    };
    let option = match error {
        RunError::Token(_) | RunError::TokenLost => "--auth",
        _ => "--target",
    };
    Failure::world(format!("{option}: {error}"))
        .hint(told.unwrap_or("nothing is judged from a service that is not there"))
}

fn finish(
    ready: &Ready<'_>,
    plan: &Plan<'_>,
    specs: &[crate::spec::Spec],
    summary: Summary,
    mut book: Book<'_, '_>,
) -> Result<Outcome, Failure> {
    let (arguments, world) = (ready.arguments, ready.world);
    let verdict = &book.verdict();
    let Summary { rows, created, requests, .. } = summary;
    let rows = book.shown_rows(rows);
    let created: Vec<_> = created.iter().map(|one| book.shown_created(one)).collect();
    let shown = form::Shown { plan, rows: &rows, created: &created, requests, dry: false };
    let evidence = if shows_evidence(&arguments.formats) {
        book.evidence(verdict, specs, arguments.sending.cassette.as_deref(), world)
    } else {
        crate::report::Evidence::default()
    };
    form::print(&arguments.formats, &shown, verdict, &evidence, world)?;
    book.list.say(&created);
    let cut = book.cut.take();
    match (cut, verdict.end) {
        (Some(cut), End::Breaks) => {
            world.say(cut);
            Ok(Outcome::Broken)
        }
        (Some(cut), _) => Err(cut),
        (None, _) => Ok(check::outcome(verdict, world)),
    }
}
