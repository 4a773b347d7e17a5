use super::Mock;
use crate::exchange::Response;
use crate::fault::{Counts, Faults, Strike};
use crate::net::{
    self, Answer, Arrived, CertificateAuthority, Limits, Listener, NetError, Reply, Stop,
};
use std::sync::Arc;

/// A mock with faults over its answers.
struct Served {
    mock: Mock,
    faults: Arc<Faults>,
    counts: Counts,
}

impl Answer for Served {
    type Found = std::convert::Infallible;

    async fn answer(&self, arrived: Arrived) -> Reply {
        let request = &arrived.request;
        let strike = self.faults.strike(request, &self.counts);
        // What a fault stands in for has not happened.
        let response = if strike.as_ref().is_some_and(Strike::replaces) {
            Response::default()
        } else {
            self.mock.respond(request)
        };
        let reply = Reply::of(&response, &request.method);
        match strike {
            Some(strike) => self.faults.lay(strike, request, reply),
            None => reply,
        }
    }
}

/// Serves the mock, with faults over its answers, to reverse, forward and `CONNECT` clients alike until `stop` is
/// requested.
pub async fn serve(
    listener: Listener,
    intercept: Option<Arc<CertificateAuthority>>,
    limits: Limits,
    (mock, faults): (Mock, Arc<Faults>),
    stop: Stop,
) -> Result<(), NetError> {
    let served = Served { mock, faults, counts: Counts::default() };
    net::serve(listener, intercept, limits, Arc::new(served), stop).await
}
