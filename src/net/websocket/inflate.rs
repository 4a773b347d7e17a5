//! Compressed messages (RFC 7692).

use crate::exchange::{Headers, SocketPeer};
use flate2::{Decompress, FlushDecompress, Status};

/// Bytes that are inflated at once.
const STEP: usize = 16 * 1024;
/// Most bytes that a message may inflate to: it is read beside others' traffic.
const MOST: u64 = 64 * 1024 * 1024;
/// What the sender took off the end of each message (section 7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// What was agreed on compression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deflated {
    server_forgets: bool,
    client_forgets: bool,
    server_bits: u8,
}

impl Deflated {
    /// Reads `Sec-WebSocket-Extensions` of the response; `None` where messages are not compressed.
    pub fn of(headers: &Headers) -> Option<Self> {
        let lines = headers.all("sec-websocket-extensions");
        let texts: Vec<_> = lines.map(|value| String::from_utf8_lossy(value)).collect();
        let mut offers = texts.iter().flat_map(|text| text.split(','));
        offers.find_map(|offer| {
            let mut words = offer.split(';').map(str::trim);
            words.next().filter(|name| name.eq_ignore_ascii_case("permessage-deflate"))?;
            let parameters: Vec<&str> = words.collect();
            let has = |name: &str| parameters.iter().any(|word| word.eq_ignore_ascii_case(name));
            let bits = parameters.iter().find_map(|word| {
                let (name, value) = word.split_once('=')?;
                let is_it = name.trim().eq_ignore_ascii_case("server_max_window_bits");
                is_it.then(|| value.trim().trim_matches('"').parse().ok())?
            });
            Some(Self {
                server_forgets: has("server_no_context_takeover"),
                client_forgets: has("client_no_context_takeover"),
                server_bits: bits.filter(|bits| (8..=15).contains(bits)).unwrap_or(15),
            })
        })
    }

    /// How far back a server's compressed message may refer, in bytes.
    pub(super) const fn server_window(self) -> usize {
        1 << self.server_bits
    }

    /// Whether each message of this end is compressed for itself.
    const fn forgets(self, peer: SocketPeer) -> bool {
        match peer {
            SocketPeer::Client => self.client_forgets,
            SocketPeer::Server => self.server_forgets,
        }
    }
}

/// Inflates the messages of one direction.
#[derive(Debug)]
pub(super) struct Inflater {
    stream: Decompress,
    forgets: bool,
    made: u64,
}

impl Inflater {
    pub(super) fn new(agreed: Deflated, peer: SocketPeer) -> Self {
        Self { stream: Decompress::new(false), forgets: agreed.forgets(peer), made: 0 }
    }

    /// Hands on what a piece of a message inflates to.
    pub(super) fn push(
        &mut self,
        mut piece: &[u8],
        mut take: impl FnMut(&[u8]),
    ) -> Result<(), &'static str> {
        let mut room = vec![0; STEP];
        loop {
            let (read, written) = (self.stream.total_in(), self.stream.total_out());
            let status = self.stream.decompress(piece, &mut room, FlushDecompress::Sync);
            let status = status.map_err(|_| "a compressed message can't be inflated")?;
            let used = usize::try_from(self.stream.total_in() - read).unwrap_or(usize::MAX);
            let made = usize::try_from(self.stream.total_out() - written).unwrap_or(usize::MAX);
            piece = piece.get(used..).unwrap_or_default();
            take(room.get(..made).unwrap_or_default());
            self.made += made as u64;
            if self.made > MOST {
                return Err("a compressed message is too large to be inflated");
            }
            if status == Status::StreamEnd {
                // A sender may end its stream within a message (section 7.2.3.4) and begins anew then.
                self.stream.reset(false);
            } else if used == 0 && made == 0 && !piece.is_empty() {
                return Err("a compressed message can't be inflated");
            }
            if piece.is_empty() && made < room.len() {
                return Ok(());
            }
        }
    }

    /// The message is whole.
    pub(super) fn finish(&mut self, take: impl FnMut(&[u8])) -> Result<(), &'static str> {
        self.push(&TAIL, take)?;
        self.made = 0;
        if self.forgets {
            self.stream.reset(false);
        }
        Ok(())
    }
}
