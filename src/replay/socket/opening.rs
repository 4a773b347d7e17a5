use super::divergence::Divergence;
use super::play::{Play, play};
use super::script::Script;
use crate::cassette::Redactor;
use crate::matching::Messages;
use crate::net::websocket::{Deflated, Handshake};
use crate::net::{Onward, Pace, Reply};
use std::sync::Arc;
use std::time::Duration;

/// How a script is played to a client.
pub struct Opening {
    pub script: Arc<Script>,
    /// Factor of the recorded times.
    pub factor: f64,
    /// What incoming messages pass before they are compared.
    pub redactor: Arc<Redactor>,
    /// How they are compared.
    pub messages: Messages,
}

impl Opening {
    /// The reply to a client's handshake, after which the script is played; `report` is told where the
    /// client leaves it.
    pub fn reply(
        self,
        handshake: &Handshake,
        report: impl Fn(Divergence) + Send + Sync + 'static,
    ) -> Reply {
        let Self { script, factor, redactor, messages } = self;
        let messages = Arc::new(messages);
        let response = handshake.answer(&script.response);
        let deflated = Deflated::of(&response.headers);
        let opened = script.opened_at(factor);
        let report = Arc::new(report);
        let onward = Onward::new(move |switched| {
            let (script, redactor) = (Arc::clone(&script), Arc::clone(&redactor));
            let (report, messages) = (Arc::clone(&report), Arc::clone(&messages));
            Box::pin(async move {
                let (redactor, messages) = (&*redactor, &*messages);
                let play = Play { script: &script, deflated, factor, redactor, messages };
                self::play(play, switched, &*report).await;
            })
        });
        let reply = Reply::of(&response, "GET").then(onward);
        if opened == Duration::ZERO {
            return reply;
        }
        reply.paced(Pace { head: opened, end: opened, ..Pace::default() })
    }
}
