use super::Clock;
use crate::exchange::{Interim, Response, Version, response_head};
use crate::net::{Leave, Responder, Writer};
use std::io;
use std::time::Duration;

/// An interim response that is sent before a reply (RFC 9110, section 15.2).
#[derive(Debug, Clone, PartialEq)]
pub struct Early {
    /// Earliest moment, from the arrival of the request's head.
    at: Duration,
    head: Response,
}

impl Early {
    /// A recorded one, at this time.
    pub fn new(interim: &Interim, at: Duration) -> Self {
        Self { at, head: interim.response(Version::Http11) }
    }

    /// Which of them a client gets: 100 only where it asked for leave, and not the one that it has.
    fn due(early: &[Self], leave: Leave) -> impl Iterator<Item = &Self> {
        let mut granted = leave == Leave::Granted;
        early.iter().filter(move |early| match (early.head.status, leave) {
            (100, Leave::Unasked | Leave::Refused) => false,
            (100, _) => !std::mem::replace(&mut granted, false),
            _ => true,
        })
    }

    /// Sends them to a client of HTTP/1.1.
    pub(in crate::net) async fn send(
        early: &[Self],
        leave: Leave,
        writer: &mut Writer,
        clock: &Clock,
        wait: Duration,
    ) -> io::Result<()> {
        for early in Self::due(early, leave) {
            clock.until(early.at).await;
            writer.send(&response_head(&early.head), wait).await?;
        }
        Ok(())
    }

    /// Sends them on a stream of HTTP/2.
    pub(in crate::net) async fn answer(
        early: &[Self],
        leave: Leave,
        responder: &mut Responder,
        clock: &Clock,
    ) {
        for early in Self::due(early, leave) {
            tokio::select! {
                () = clock.until(early.at) => {}
                _ = responder.gone() => return,
            }
            if responder.interim(&early.head).is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leave_is_given_once_and_to_those_who_asked() {
        let early = [100, 103, 100]
            .map(|status| Early::new(&Interim { status, ..Interim::default() }, Duration::ZERO));
        let due = |leave| {
            let due = Early::due(&early, leave).map(|early| early.head.status);
            due.collect::<Vec<_>>()
        };
        assert_eq!(due(Leave::Unasked), [103]);
        assert_eq!(due(Leave::Granted), [103, 100]);
        assert_eq!(due(Leave::Asked), [100, 103, 100]);
    }
}
