//! Another tool's file from anybody, read as what it shows and as what it is not: refused, or read as
//! exchanges that can be served, that prove no more than they may, and that can be written again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use testimony::cassette::export::{Form, export};
use testimony::cassette::import::{Foreign, Kind, import};
use testimony::exchange::Source;

fuzz_target!(|bytes: &[u8]| {
    let named = Kind::ALL.get(bytes.len() % (2 * Kind::ALL.len())).copied();
    let Ok(imported) = import(Foreign::alone(bytes), named) else { return };
    for exchange in &imported.exchanges {
        assert_ne!(exchange.source, Source::Live);
        assert!(!imported.kind.holds_rules() || !exchange.source.is_evidence());
        let response = exchange.response.iter();
        let answered = response.inspect(|response| assert!((100..=999).contains(&response.status)));
        let fields = answered.flat_map(|response| &response.headers).chain(&exchange.request.headers);
        for field in fields {
            assert!(!field.value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)));
        }
        assert!(exchange.request.target.bytes().all(|byte| byte.is_ascii_graphic()));
    }
    for form in Form::ALL {
        let written = export(form, &imported.exchanges);
        if form == Form::Har {
            let again = import(Foreign::alone(&written.bytes), None).expect("our own HAR file");
            assert_eq!(again.exchanges.len(), imported.exchanges.len());
        }
    }
});
