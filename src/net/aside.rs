//! Work that takes longer than other connections should wait.

use tokio::runtime::{Handle, RuntimeFlavor};

/// Does what takes long: on a runtime with several threads, other connections go on meanwhile.
pub fn aside<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}
