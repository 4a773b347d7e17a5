use super::kind::Kind;
use super::message::{ImportError, WrongEntry};
use super::node::Node;
use super::{azure, flow, govcr, har, hoverfly, httpmock, json, ruby, vcrpy, wiremock, yaml};
use crate::cassette::Losses;
use crate::exchange::Exchange;

/// Largest file that is read, in bytes.
pub const FILE_LIMIT: usize = 512 * 1024 * 1024;
/// Most entries of one file.
pub const ENTRY_LIMIT: usize = 1_000_000;

/// A foreign file: its bytes, and how files that it names beside it are had.
#[derive(Clone, Copy)]
pub struct Foreign<'a> {
    /// The file.
    pub bytes: &'a [u8],
    /// The bytes of a body file by the name that the file gives, or why there are none. Who opens it
    /// holds it to its own folder.
    pub body_file: &'a dyn Fn(&str) -> Result<Vec<u8>, String>,
}

impl<'a> Foreign<'a> {
    /// A file that stands alone.
    pub fn alone(bytes: &'a [u8]) -> Self {
        Self { bytes, body_file: &|_| Err("no files were read beside this one".to_owned()) }
    }
}

impl std::fmt::Debug for Foreign<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Foreign({} bytes)", self.bytes.len())
    }
}

/// What a foreign file held.
#[derive(Debug)]
pub struct Imported {
    /// What it was.
    pub kind: Kind,
    /// Its exchanges in order, numbered from 1; not redacted.
    pub exchanges: Vec<Exchange>,
    /// What the file could not tell, or told in a way that had to be changed.
    pub losses: Losses,
}

/// The exchanges of a file so far.
#[derive(Debug, Default)]
pub(super) struct Tray {
    pub(super) exchanges: Vec<Exchange>,
    pub(super) losses: Losses,
}

impl Tray {
    /// The number that the next exchange will have.
    pub(super) fn next(&self) -> u64 {
        self.exchanges.len() as u64 + 1
    }

    /// Takes the exchange of a draft.
    pub(super) fn take(&mut self, draft: super::draft::Draft) -> Result<(), WrongEntry> {
        let exchange = draft.settled(self.next(), &mut self.losses)?;
        self.exchanges.push(exchange);
        Ok(())
    }

    /// Notes something of the exchange that is being read.
    pub(super) fn lose(&mut self, what: impl Into<std::borrow::Cow<'static, str>>) {
        let next = self.next();
        self.losses.of_exchange(what, next);
    }
}

/// Reads each entry of a list with `read`, and says which one is wrong.
pub(super) fn each<T>(
    entries: impl IntoIterator<Item = T>,
    tray: &mut Tray,
    mut read: impl FnMut(T, &mut Tray) -> Result<(), WrongEntry>,
) -> Result<(), ImportError> {
    for (index, entry) in entries.into_iter().enumerate() {
        if index >= ENTRY_LIMIT {
            return Err(ImportError::TooMany(ENTRY_LIMIT));
        }
        let number = index as u64 + 1;
        read(entry, tray).map_err(|cause| ImportError::Entry { entry: number, cause })?;
    }
    Ok(())
}

/// A file that was parsed, of whatever kind.
enum Document {
    Json(Node),
    Yaml(Vec<Node>),
    Flows,
}

impl Document {
    fn read(bytes: &[u8]) -> Result<Self, ImportError> {
        if bytes.len() > FILE_LIMIT {
            return Err(ImportError::TooLarge(FILE_LIMIT));
        }
        let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
        match start.first() {
            None => Err(ImportError::Unknown),
            Some(b'0'..=b'9') if flow::is_flow_file(start) => Ok(Self::Flows),
            // YAML in flow style begins so, too, but no tool writes it.
            Some(b'{' | b'[') => json::parse(bytes).map(Self::Json),
            Some(_) => yaml::parse(bytes).map(Self::Yaml),
        }
    }

    /// What its content says that it is.
    fn kind(&self) -> Option<Kind> {
        let root = match self {
            Self::Flows => return Some(Kind::Mitmproxy),
            Self::Json(root) => root,
            Self::Yaml(documents) => documents.first()?,
        };
        let has = |name: &str| root.members().iter().any(|(key, _)| key == name);
        let first = || root.get("interactions")?.elements().first()?.get("request");
        if root.get("log").is_some_and(|log| log.get("entries").is_some()) {
            Some(Kind::Har)
        } else if has("http_interactions") {
            Some(Kind::RubyVcr)
        } else if has("interactions") {
            let url = first().is_some_and(|request| request.get("url").is_some());
            Some(if url { Kind::GoVcr } else { Kind::Vcrpy })
        } else if has("Entries") {
            Some(Kind::Azure)
        } else if has("when") && has("then") {
            Some(Kind::Httpmock)
        } else if root.get("data").is_some_and(|data| data.get("pairs").is_some()) {
            Some(Kind::Hoverfly)
        } else if has("mappings") || (has("request") && has("response")) {
            Some(Kind::WireMock)
        } else {
            None
        }
    }

    fn root(&self) -> &Node {
        match self {
            Self::Json(root) => root,
            Self::Yaml(documents) => documents.first().unwrap_or(&Node::Null),
            Self::Flows => &Node::Null,
        }
    }
}

/// Reads a file of `kind`, or of the kind that its content shows.
pub fn import(file: Foreign<'_>, kind: Option<Kind>) -> Result<Imported, ImportError> {
    let document = Document::read(file.bytes)?;
    let kind = kind.or_else(|| document.kind()).ok_or(ImportError::Unknown)?;
    let root = document.root();
    let mut tray = Tray::default();
    match kind {
        Kind::Har => har::read(root, &mut tray)?,
        Kind::Vcrpy => vcrpy::read(root, &mut tray)?,
        Kind::RubyVcr => ruby::read(root, &mut tray)?,
        Kind::GoVcr => govcr::read(root, &mut tray)?,
        Kind::Azure => azure::read(root, &mut tray)?,
        Kind::Httpmock => match &document {
            Document::Yaml(documents) => httpmock::read(documents, &mut tray)?,
            _ => httpmock::read(std::slice::from_ref(root), &mut tray)?,
        },
        Kind::Mitmproxy => flow::read(file.bytes, &mut tray)?,
        Kind::Hoverfly => hoverfly::read(root, &mut tray)?,
        Kind::WireMock => wiremock::read(root, file, &mut tray)?,
    }
    let Tray { exchanges, losses } = tray;
    Ok(Imported { kind, exchanges, losses })
}
