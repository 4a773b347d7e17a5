//! A cassette from anybody: read to its end or refused, never more than it holds, and what was read
//! can be written and read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::path::Path;
use testimony::cassette::Reader;

fuzz_target!(|bytes: &[u8]| {
    let path = Path::new("/nowhere/fuzz.cassette");
    let Ok(reader) = Reader::new(path, bytes) else { return };
    let mut most = bytes.len();
    for exchange in reader {
        let Ok(exchange) = exchange else { break };
        most = most.checked_sub(2).expect("no more exchanges than bytes");
        let digest = exchange.content_digest();
        assert_eq!(digest, exchange.clone().content_digest());
        let _ = exchange.request.body.decoded(&exchange.request.headers);
    }
});
