//! The table of wire situations: for each, what a raw server received and sent, what a raw client
//! sent and got, what the cassette holds, and what its replay serves, byte for byte.
//!
//! A row names only what may differ and does; everything else must be equal. A row that fails for
//! a reason that is known prints it, and fails once it is right.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]
#![allow(
    clippy::print_stdout,
    clippy::format_push_string,
    reason = "a test says what it knows to differ"
)]

mod support;

#[path = "support/authority.rs"]
mod authority;
#[path = "support/http2.rs"]
mod http2_peer;

#[path = "wire/cassette.rs"]
mod cassette;
#[path = "wire/h2.rs"]
mod h2_rows;
#[path = "wire/http1.rs"]
mod http1;
#[path = "wire/json.rs"]
mod json;
#[path = "wire/judge.rs"]
mod judge;
#[path = "wire/row.rs"]
mod row;
#[path = "wire/stage.rs"]
mod stage;
#[path = "wire/tls.rs"]
mod tls;

#[path = "wire/rows/bodies.rs"]
mod bodies;
#[path = "wire/rows/broken.rs"]
mod broken;
#[path = "wire/rows/coded.rs"]
mod coded;
#[path = "wire/rows/connections.rs"]
mod connections;
#[path = "wire/rows/framing.rs"]
mod framing;
#[path = "wire/rows/heads.rs"]
mod heads;
#[path = "wire/rows/refused.rs"]
mod refused;
#[path = "wire/rows/targets.rs"]
mod targets;

use row::{Form, Row};

/// A test for each way to reach the upstream.
macro_rules! groups {
    ($($name:ident),*) => {$(
        mod $name {
            use super::*;

            #[test]
            fn reverse() {
                judge::judge(stringify!($name), Form::Reverse, &crate::$name::rows());
            }

            #[test]
            fn absolute() {
                judge::judge(stringify!($name), Form::Absolute, &crate::$name::rows());
            }

            #[test]
            fn tunnel() {
                judge::judge(stringify!($name), Form::Tunnel, &crate::$name::rows());
            }
        }
    )*};
}

mod table {
    use super::*;

    groups!(bodies, broken, coded, connections, framing, heads, refused, targets);
}

#[test]
fn the_table_is_long_enough_and_its_names_tell_rows_apart() {
    let groups: [Vec<Row>; 8] = [
        bodies::rows(),
        broken::rows(),
        coded::rows(),
        connections::rows(),
        framing::rows(),
        heads::rows(),
        refused::rows(),
        targets::rows(),
    ];
    let names: Vec<&str> = groups.iter().flatten().map(|row| row.name).collect();
    let different: std::collections::HashSet<&&str> = names.iter().collect();
    assert_eq!(names.len(), different.len());
    assert!(names.len() >= 60, "{} rows", names.len());
    println!("{} situations", names.len());
}
