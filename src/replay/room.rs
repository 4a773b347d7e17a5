//! Room for answers that are laid out: side by side in few large blocks, which costs no more memory than
//! their bytes, and little work when they are handed out.

use bytes::{Bytes, BytesMut};
use std::sync::{Mutex, PoisonError};

/// Bytes of a block.
const BLOCK: usize = 256 * 1024;
/// Longest answer that is put into one; longer ones stay where they are.
const LONGEST: usize = BLOCK / 16;

/// Where answers of one recording are kept for as long as anybody has one of them.
#[derive(Debug, Default)]
pub(super) struct Room(Mutex<BytesMut>);

impl Room {
    /// The same bytes, kept here.
    pub(super) fn keep(&self, bytes: &Bytes) -> Bytes {
        if bytes.len() > LONGEST {
            return bytes.clone();
        }
        let mut block = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if block.capacity() < bytes.len() {
            *block = BytesMut::with_capacity(BLOCK);
        }
        block.extend_from_slice(bytes);
        block.split().freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_stays_as_it_was() {
        let room = Room::default();
        let all: Vec<Bytes> = (0..3000_usize)
            .map(|number| Bytes::from(vec![u8::try_from(number % 251).unwrap(); number * 7]))
            .collect();
        let kept: Vec<Bytes> = all.iter().map(|bytes| room.keep(bytes)).collect();
        assert_eq!(kept, all);
        // Side by side, but for those that are too long.
        assert_eq!(kept[10].as_ptr().wrapping_add(kept[10].len()), kept[11].as_ptr());
        assert_eq!(kept[2999].as_ptr(), all[2999].as_ptr());
    }
}
