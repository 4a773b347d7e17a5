//! Requests that came before in the very same bytes, on a connection that stands in the same place: a
//! server that knows what it found for one need not read it again. Only requests without a body, on
//! connections that go on.

use super::Reply;
use std::collections::HashMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, Hasher, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// Most places that are told apart; further ones are not remembered.
const PLACES: usize = 4_096;
/// Parts of the requests of a place, so that threads seldom meet.
const SHARDS: usize = 16;
/// Most bytes of a part; beyond, it begins anew.
const MOST: usize = 4 * 1024 * 1024;
/// Longest head that is remembered.
const LONGEST: usize = 4 * 1024;

/// What is known of requests, by place.
#[derive(Debug)]
pub struct Memory<K> {
    places: Mutex<HashMap<String, Arc<Heads<K>>>>,
}

impl<K> Default for Memory<K> {
    fn default() -> Self {
        Self { places: Mutex::default() }
    }
}

impl<K> Memory<K> {
    /// What is known of requests in a place; `None` where there are too many.
    pub fn place(&self, name: &str) -> Option<Arc<Heads<K>>> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(heads) = places.get(name) {
            return Some(Arc::clone(heads));
        }
        if places.len() >= PLACES {
            return None;
        }
        let heads = Arc::new(Heads::default());
        places.insert(name.to_owned(), Arc::clone(&heads));
        Some(heads)
    }
}

/// What is known of requests in one place, by the bytes of their heads.
#[derive(Debug)]
pub struct Heads<K> {
    /// Two hashes whose keys nobody knows stand for a head: no two can be made that are taken for one, and
    /// what is looked up lies in one place. Where there are many, going there is what takes the time.
    states: [RandomState; 2],
    shards: [Shard<K>; SHARDS],
}

#[derive(Debug)]
struct Shard<K> {
    known: RwLock<HashMap<u64, (u64, K), BuildHasherDefault<AsIs>>>,
    bytes: AtomicUsize,
}

impl<K> Default for Heads<K> {
    fn default() -> Self {
        let shard = |_| Shard { known: RwLock::default(), bytes: AtomicUsize::new(0) };
        Self {
            states: [RandomState::new(), RandomState::new()],
            shards: std::array::from_fn(shard),
        }
    }
}

impl<K> Heads<K> {
    /// Bytes that remembering takes, about: its place in a map that is seldom full, and what it may hold
    /// elsewhere.
    const EACH: usize = size_of::<(u64, u64, K)>() * 3 / 2 + 128;

    /// Answers a request whose head begins `buffer`, if that is whole: its reply, and its length.
    pub fn recall(
        &self,
        buffer: &[u8],
        again: impl FnOnce(&K) -> Option<Reply>,
    ) -> Option<(Reply, usize)> {
        let window = &buffer[..buffer.len().min(LONGEST)];
        let length = memchr::memmem::find(window, b"\r\n\r\n")? + 4;
        let head = &buffer[..length];
        let [hash, other] = self.hashes(head);
        let known = self.shard(hash).known.read().unwrap_or_else(PoisonError::into_inner);
        let (_, known) = known.get(&hash).filter(|(known, _)| *known == other)?;
        Some((again(known)?, length))
    }

    /// Remembers what was found for a head.
    pub fn note(&self, head: &[u8], found: K) {
        if head.len() > LONGEST {
            return;
        }
        let [hash, other] = self.hashes(head);
        let shard = self.shard(hash);
        let mut known = shard.known.write().unwrap_or_else(PoisonError::into_inner);
        if shard.bytes.fetch_add(Self::EACH, Ordering::Relaxed) > MOST {
            known.clear();
            shard.bytes.store(Self::EACH, Ordering::Relaxed);
        }
        known.insert(hash, (other, found));
    }

    fn hashes(&self, head: &[u8]) -> [u64; 2] {
        let [one, other] = &self.states;
        [one.hash_one(head), other.hash_one(head)]
    }

    fn shard(&self, hash: u64) -> &Shard<K> {
        // The map takes the lowest and the highest bits.
        &self.shards[usize::try_from(hash >> 40).unwrap_or_default() % SHARDS]
    }
}

/// The hash of what is a hash already.
#[derive(Debug, Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Response;

    fn recalled(heads: &Heads<u32>, buffer: &[u8]) -> Option<(u32, usize)> {
        let reply = Reply::of(&Response { status: 200, ..Response::default() }, "GET");
        let mut seen = 0;
        let found = heads.recall(buffer, |known| {
            seen = *known;
            Some(reply)
        });
        found.map(|(_, length)| (seen, length))
    }

    #[test]
    fn heads_are_known_by_their_bytes_and_no_others() {
        let memory = Memory::default();
        let (here, there) = (memory.place("a").unwrap(), memory.place("b").unwrap());
        let head = b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
        here.note(head, 7);
        assert_eq!(recalled(&memory.place("a").unwrap(), head), Some((7, head.len())));
        let more = [head.as_slice(), b"GET /b"].concat();
        assert_eq!(recalled(&here, &more), Some((7, head.len())));
        assert_eq!(recalled(&there, head), None);
        for end in 0..head.len() {
            assert_eq!(recalled(&here, &head[..end]), None);
        }
        for index in 0..head.len() {
            let mut other = head.to_vec();
            other[index] ^= 1;
            assert_eq!(recalled(&here, &other), None, "{index}");
        }
        assert!(here.recall(head, |_| None).is_none());
    }

    #[test]
    fn memory_is_bounded() {
        let heads = Heads::default();
        for number in 0..600_000_u32 {
            let head = format!("GET /{number} HTTP/1.1\r\nHost: {:0200}\r\n\r\n", 0);
            heads.note(head.as_bytes(), number);
        }
        let held: usize = heads.shards.iter().map(|shard| shard.known.read().unwrap().len()).sum();
        assert!(held * Heads::<u32>::EACH <= SHARDS * MOST, "{held}");
        heads.note(&vec![b'x'; LONGEST + 1], 1);
        assert_eq!(recalled(&heads, &[b'x'; LONGEST + 1]), None);
    }
}
